from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0013_people.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0012_moved_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.CharField(help_text="of the official form, owned by the ministry", max_length=10)),
                ("by", models.CharField(help_text="holder, agent or guardian", max_length=10)),
                ("identity", models.CharField(help_text="how whoever came was verified", max_length=24)),
                ("presented", models.JSONField(default=list)),
                (
                    "consented",
                    models.CharField(help_text="who consented after the notice: holder or guardian", max_length=10),
                ),
                ("sealed", models.BinaryField()),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "collection",
            },
        ),
        migrations.CreateModel(
            name="ExtraField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("zh", models.CharField(max_length=40)),
                ("en", models.CharField(max_length=60)),
                ("size", models.SmallIntegerField(help_text="characters")),
                ("required", models.BooleanField()),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "extra_field",
            },
        ),
        migrations.CreateModel(
            name="PersonRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(help_text="also on the receipt", max_length=24, unique=True)),
                (
                    "kind",
                    models.CharField(help_text="a right of rights.toml, or link: a second document", max_length=16),
                ),
                ("by", models.CharField(max_length=10)),
                ("presented", models.JSONField(default=list)),
                ("sealed", models.BinaryField()),
                ("accepted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("due_on", models.DateField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("granted", models.BooleanField(null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("operation", models.UUIDField()),
            ],
            options={
                "db_table": "person_request",
            },
        ),
        migrations.DeleteModel(name="ResidentKey"),  # nothing wrote to it yet
        migrations.CreateModel(
            name="ResidentKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "resident", "kind", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="storage.resident",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("document", "证件"),
                            ("phone", "电话"),
                            ("name", "姓名"),
                            ("name_birth", "姓名+出生日期"),
                        ],
                        max_length=12,
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "masked",
                    models.CharField(
                        blank=True, db_default="", help_text="of a second document, as lists show it", max_length=60
                    ),
                ),
            ],
            options={
                "db_table": "resident_key",
                "indexes": [models.Index(fields=["digest", "-resident"], name="resident_key_digest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "document")), fields=("digest",), name="resident_key_document"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["document", "phone", "name", "name_birth"])),
                        name="resident_key_kind",
                    ),
                    models.CheckConstraint(condition=models.Q(("digest__length", 32)), name="resident_key_length"),
                ],
            },
        ),
        migrations.AddField(
            model_name="resident",
            name="erased_at",
            field=models.DateTimeField(help_text="the data were deleted; number and cards stay taken", null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="merged_into",
            field=models.ForeignKey(
                help_text="one person",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="storage.resident",
            ),
        ),
        migrations.AddField(
            model_name="collection",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="collection",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="collection",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="collections", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="extrafield",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="extrafield",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extra_fields", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="personrequest",
            name="accepted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="personrequest",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="personrequest",
            name="desk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="personrequest",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="storage.resident"
            ),
        ),
        migrations.AddConstraint(
            model_name="extrafield",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("issuer", "key"), name="extra_field_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="extrafield",
            constraint=models.CheckConstraint(condition=models.Q(("size__range", (1, 200))), name="extra_field_size"),
        ),
        migrations.AddConstraint(
            model_name="personrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("granted", None)),
                    models.Q(("decided_at__isnull", False), ("granted__isnull", False)),
                    _connector="OR",
                ),
                name="person_request_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="personrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["link", "deletion"]), _negated=True),
                    ("decided_at", None),
                    models.Q(("decided_by", models.F("accepted_by")), _negated=True),
                    _connector="OR",
                ),
                name="person_request_two",
            ),
        ),
        migrations.RunSQL(_GUARDS),
    ]
