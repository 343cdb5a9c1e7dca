from __future__ import annotations

from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0007_logins"),
    ]

    operations = [
        migrations.CreateModel(
            name="FirstContent",
            fields=[
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="first_content",
                        serialize=False,
                        to="storage.card",
                    ),
                ),
                (
                    "sealed",
                    models.BinaryField(help_text="as bytes of BusinessData; nothing once it was moved", null=True),
                ),
                ("items", models.IntegerField()),
                ("digest", models.BinaryField(help_text="SM3 of what was sealed", max_length=32)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "first_content",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__length", 32), ("items__gte", 0)), name="first_content_digest"
                    )
                ],
            },
        ),
        migrations.RunSQL(files("healthcard.storage.migrations").joinpath("0008_renewal.sql").read_text("utf-8")),
    ]
