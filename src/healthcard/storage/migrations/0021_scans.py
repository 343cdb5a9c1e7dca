from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_FENCES = files("healthcard.storage.migrations").joinpath("0021_scans.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0020_stations")]

    operations = [
        migrations.CreateModel(
            name="ApplicationScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "digest",
                    models.BinaryField(
                        help_text="SM3 of the sealed picture's clear bytes: no page twice", max_length=32
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="storage.application"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.resident"
                    ),
                ),
            ],
            options={
                "db_table": "application_scan",
                "constraints": [
                    models.UniqueConstraint(fields=("application", "page"), name="application_scan_page"),
                    models.UniqueConstraint(fields=("application", "digest"), name="application_scan_once"),
                ],
            },
        ),
        migrations.RunSQL(_FENCES),
    ]
