from importlib.resources import files

from django.db import migrations

_FORWARD = files("healthcard.storage.migrations").joinpath("0011_content.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0010_row_sums")]
    operations = [migrations.RunSQL(_FORWARD)]
