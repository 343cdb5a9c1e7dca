from importlib.resources import files

from django.db import migrations

_FENCES = files("healthcard.storage.migrations").joinpath("0018_fences.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0017_one_person")]
    operations = [migrations.RunSQL(_FENCES)]
