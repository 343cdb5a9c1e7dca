from importlib.resources import files

from django.db import migrations

_FORWARD = files("healthcard.storage.migrations").joinpath("0015_stand_in.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0014_institutions")]
    operations = [migrations.RunSQL(_FORWARD)]
