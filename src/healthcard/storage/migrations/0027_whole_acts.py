from importlib.resources import files

from django.db import migrations

_GUARDS = files("healthcard.storage.migrations").joinpath("0027_whole_acts.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0026_answers")]

    operations = [migrations.RunSQL(_GUARDS)]
