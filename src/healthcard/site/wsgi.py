"""What the web server's workers run."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from healthcard.services import breakage
from healthcard.site.installation import Site

Site.open(os.environ).set_up_django()
breakage.hush()
application = get_wsgi_application()
