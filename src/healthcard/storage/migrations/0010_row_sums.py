from importlib.resources import files

from django.db import migrations

_SUMS = files("healthcard.storage.migrations").joinpath("0010_row_sums.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0009_together"),
    ]

    operations = [
        migrations.RunSQL(_SUMS),
    ]
