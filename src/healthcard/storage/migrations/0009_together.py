from importlib.resources import files

from django.db import migrations

_FORWARD = files("healthcard.storage.migrations").joinpath("0009_together.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0008_renewal")]
    operations = [migrations.RunSQL(_FORWARD)]
