from importlib.resources import files

from django.db import migrations

_FORWARD = files("healthcard.storage.migrations").joinpath("0002_guards.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0001_tables")]
    operations = [migrations.RunSQL(_FORWARD)]
