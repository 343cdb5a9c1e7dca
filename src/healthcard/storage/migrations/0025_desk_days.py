from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0025_desk_days.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0024_application_locks")]

    operations = [
        migrations.CreateModel(
            name="DayClose",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("sums", models.JSONField()),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "day_close",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "day"), name="day_close_once"),
                    models.CheckConstraint(
                        condition=models.Q(("since__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="day_close_period",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_GUARDS),
    ]
