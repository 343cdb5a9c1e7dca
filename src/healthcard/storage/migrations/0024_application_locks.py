from __future__ import annotations

from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0024_application_locks.sql").read_text("utf-8")


def _account() -> models.Field[object, object]:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [("storage", "0023_boards")]

    operations = [
        migrations.CreateModel(
            name="LockOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wish", models.CharField(choices=[("lock", "锁定"), ("release", "解除锁定")], max_length=7)),
                ("reason", models.CharField(max_length=200)),
                ("ordered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("carried_out_at", models.DateTimeField(null=True)),
                ("chip_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lock_orders", to="storage.card"
                    ),
                ),
                ("carried_out_by", _account()),
                ("ordered_by", _account()),
                ("withdrawn_by", _account()),
            ],
            options={
                "db_table": "lock_order",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("carried_out_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=("card",),
                        name="lock_order_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wish__in", ["lock", "release"])), name="lock_order_wish"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("chip_at__isnull", True), ("carried_out_at__isnull", False), _connector="OR"
                        ),
                        name="lock_order_chip",
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="lock_order_reason"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carried_out_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                        ),
                        name="lock_order_decided",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_GUARDS),
    ]
