import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0019_card_home"),
    ]

    operations = [
        migrations.CreateModel(
            name="Station",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default="", max_length=60)),
                (
                    "code_digest",
                    models.BinaryField(help_text="SM3 of the code shown once", max_length=32, null=True, unique=True),
                ),
                ("code_until", models.DateTimeField()),
                ("sealed_secret", models.BinaryField(null=True)),
                ("paired_at", models.DateTimeField(null=True)),
                ("last_seen", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
                    ),
                ),
                (
                    "paired_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "station",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("account__isnull", False), ("closed_at", None)),
                        fields=("account",),
                        name="station_seat",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("paired_at", None), ("sealed_secret", None)),
                            ("code_digest", None),
                            _connector="OR",
                        ),
                        name="station_paired",
                    ),
                ],
            },
        ),
    ]
