from importlib.resources import files

from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0016_history.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0015_stand_in")]
    operations = [
        migrations.AddField(
            "residentchange",
            "owner",
            models.BinaryField(max_length=32, help_text="the digest of the document it was sealed for", null=True),
        ),
        migrations.AlterField(
            "residentchange",
            "fields",
            models.CharField(help_text="names of what changed, separated by blanks", max_length=400),
        ),
        migrations.RunSQL(_GUARDS),
    ]
