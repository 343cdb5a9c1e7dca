from importlib.resources import files

from django.db import migrations

_GUARDS = files("healthcard.storage.migrations").joinpath("0017_one_person.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0016_history")]
    operations = [migrations.RunSQL(_GUARDS)]
