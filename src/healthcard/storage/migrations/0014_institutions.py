from importlib.resources import files

import django.db.models.deletion
from django.db import migrations, models

_FENCES = files("healthcard.storage.migrations").joinpath("0014_institutions.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0013_people")]
    operations = [
        migrations.AddField(
            model_name="challenge",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="storage.organisation",
            ),
        ),
        migrations.RunSQL(_FENCES),
    ]
