from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0028_admission.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0027_whole_acts"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdmissionRule",
            fields=[
                ("act", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("rule", models.JSONField(help_text="step, standing, sets, another, text, certificate, ordered")),
            ],
            options={
                "db_table": "admission_rule",
            },
        ),
        migrations.CreateModel(
            name="IssuerNumber",
            fields=[
                ("code", models.CharField(max_length=22, primary_key=True, serialize=False)),
                ("allocated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issuer_number",
                        to="storage.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "issuer_number",
            },
        ),
        migrations.CreateModel(
            name="Producer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("credit_code", models.CharField(help_text="统一社会信用代码", max_length=18, unique=True)),
                (
                    "public_key",
                    models.BinaryField(help_text="what its deliveries are signed with", max_length=64, null=True),
                ),
                ("entered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "producer",
            },
        ),
        migrations.CreateModel(
            name="Dossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("admission", "准入"), ("filing", "备案")], max_length=9)),
                ("field", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=200)),
                ("name", models.CharField(blank=True, help_text="of the product", max_length=120)),
                ("product", models.CharField(blank=True, max_length=16)),
                ("report", models.CharField(blank=True, max_length=60)),
                ("report_on", models.DateField(null=True)),
                ("documents", models.JSONField(default=list, help_text="what was handed in: name, SM3")),
                ("step", models.CharField(blank=True, db_default="", max_length=9)),
                ("standing", models.CharField(db_default="none", max_length=9)),
                ("purpose", models.CharField(blank=True, db_default="", max_length=7)),
                ("number", models.CharField(blank=True, db_default="", help_text="of its certificate", max_length=40)),
                ("version", models.IntegerField(db_default=0, help_text="how many events it has had")),
                (
                    "basis",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resting",
                        to="storage.dossier",
                    ),
                ),
                (
                    "laboratory",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.dossier",
                    ),
                ),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="dossiers", to="storage.producer"
                    ),
                ),
            ],
            options={
                "db_table": "dossier",
            },
        ),
        migrations.CreateModel(
            name="SampleCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chip8", models.BinaryField(max_length=8, null=True)),
                ("script", models.BinaryField(help_text="SM3 of the script file it was made with", max_length=32)),
                ("evidence", models.BinaryField(max_length=32, null=True)),
                ("document", models.CharField(blank=True, max_length=80)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("approved_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to="storage.dossier",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.dossier",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
                    ),
                ),
            ],
            options={
                "db_table": "sample_card",
            },
        ),
        migrations.CreateModel(
            name="CosScript",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=13)),
                ("version", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("digest", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=64)),
                ("document", models.CharField(blank=True, max_length=80)),
                ("rehearsal", models.BinaryField(max_length=32, null=True)),
                ("delivered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("accepted_at", models.DateTimeField(null=True)),
                ("second_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "second_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scripts", to="storage.dossier"
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.samplecard",
                    ),
                ),
            ],
            options={
                "db_table": "cos_script",
            },
        ),
        migrations.CreateModel(
            name="Selection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.CharField(help_text="文号", max_length=80)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("filed_on", models.DateField(help_text="报备日期", null=True)),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="selections", to="storage.dossier"
                    ),
                ),
                (
                    "filed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="selections",
                        to="storage.organisation",
                    ),
                ),
                (
                    "selected_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "selection",
            },
        ),
        migrations.CreateModel(
            name="SupplyOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=200)),
                ("content", models.JSONField(help_text="what it touches: counts")),
                ("digest", models.BinaryField(max_length=32)),
                ("ordered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("retracted_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="storage.dossier",
                    ),
                ),
                (
                    "lifts",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lifted",
                        to="storage.supplyorder",
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        db_index=False,
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
                    "retracted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "supply_order",
            },
        ),
        migrations.CreateModel(
            name="Validity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField(help_text="the event that began it")),
                ("number", models.CharField(max_length=40)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("cut_on", models.DateField(null=True)),
                (
                    "dossier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="validities",
                        to="storage.dossier",
                    ),
                ),
            ],
            options={
                "db_table": "validity",
            },
        ),
        migrations.CreateModel(
            name="ChipUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="its first day")),
                ("counts", models.JSONField(help_text="product -> cards made")),
                ("reported_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.organisation",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "chip_use",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "month"), name="chip_use_once"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="chip_use_month"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DossierEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("act", models.CharField(max_length=12)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("changes", models.JSONField(default=dict)),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="storage.dossier",
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
                "db_table": "dossier_event",
                "constraints": [models.UniqueConstraint(fields=("dossier", "version"), name="dossier_event_version")],
            },
        ),
        migrations.AddConstraint(
            model_name="producer",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_code__regex", "^[0-9A-Z]{18}$")), name="producer_credit_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="producer",
            constraint=models.CheckConstraint(
                condition=models.Q(("public_key__isnull", True), ("public_key__length", 64), _connector="OR"),
                name="producer_public_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("product", ""), _negated=True),
                    models.Q(("step__in", ["retracted", "refused"]), _negated=True),
                    models.Q(("standing", "withdrawn"), _negated=True),
                ),
                fields=("product",),
                name="dossier_one_of_product",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("kind", "admission"),
                    models.Q(("step__in", ["retracted", "refused"]), _negated=True),
                    models.Q(("standing", "withdrawn"), _negated=True),
                ),
                fields=("producer", "field"),
                name="dossier_one_admission",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True), fields=("number",), name="dossier_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["admission", "filing"])), name="dossier_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("field__in", ("chip", "cos", "kms", "terminal", "card", "laboratory"))),
                name="dossier_field",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "step__in",
                        (
                            "",
                            "applied",
                            "returned",
                            "reviewed",
                            "rejected",
                            "appealed",
                            "refused",
                            "retracted",
                            "settled",
                        ),
                    )
                ),
                name="dossier_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("standing__in", ("none", "valid", "suspended", "withdrawn"))),
                name="dossier_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ("", "first", "change", "renewal"))), name="dossier_purpose"
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis__isnull", True), ("kind", "admission"), ("name", ""), ("product", "")),
                    models.Q(
                        ("kind", "filing"),
                        models.Q(("name", ""), _negated=True),
                        models.Q(("field", "laboratory"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dossier_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("field", "cos"), ("kind", "filing")),
                    models.Q(("basis__isnull", True), ("product", "")),
                    _connector="OR",
                ),
                name="dossier_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("laboratory__isnull", True), ("report", ""), ("report_on__isnull", True)),
                    models.Q(
                        ("laboratory__isnull", False),
                        ("report_on__isnull", False),
                        models.Q(("report", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dossier_report",
            ),
        ),
        migrations.AddIndex(
            model_name="samplecard",
            index=models.Index(fields=["dossier", "maker"], name="sample_card_pair"),
        ),
        migrations.AddConstraint(
            model_name="samplecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chip8__length", 8), ("document", ""), ("evidence__length", 32)),
                    models.Q(
                        ("chip8__isnull", True), ("evidence__isnull", True), models.Q(("document", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="sample_card_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplecard",
            constraint=models.CheckConstraint(condition=models.Q(("script__length", 32)), name="sample_card_script"),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), ("second_at__isnull", False)),
                fields=("organisation", "dossier", "kind"),
                name="cos_script_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.UniqueConstraint(
                fields=("organisation", "dossier", "kind", "version"), name="cos_script_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["script", "test_commands"])), name="cos_script_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("digest__length", 32), ("signature__length", 64), models.Q(("version", ""), _negated=True)
                ),
                name="cos_script_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_at__isnull", True),
                    models.Q(("rehearsal__length", 32), ("sample__isnull", False)),
                    models.Q(("document", ""), _negated=True),
                    _connector="OR",
                ),
                name="cos_script_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="cosscript",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_at__isnull", True), ("accepted_at__isnull", False), _connector="OR"),
                name="cos_script_second",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to__isnull", True)), fields=("organisation", "dossier"), name="selection_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="selection_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=models.Q(("document", ""), _negated=True), name="selection_document"
            ),
        ),
        migrations.AddIndex(
            model_name="supplyorder",
            index=models.Index(fields=["dossier", "-id"], name="supply_order_dossier"),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", True), ("retracted_at__isnull", True)),
                fields=("dossier", "act", "organisation"),
                name="supply_order_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "act__in",
                        (
                            "suspend",
                            "resume",
                            "withdraw",
                            "block_production",
                            "block_issue",
                            "freeze",
                            "recall",
                            "lift",
                        ),
                    )
                ),
                name="supply_order_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("act", "lift"), ("lifts__isnull", True), _connector="XOR"),
                name="supply_order_lifts",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="supply_order_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.CheckConstraint(condition=models.Q(("digest__length", 32)), name="supply_order_digest"),
        ),
        migrations.AddConstraint(
            model_name="supplyorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_at__isnull", True), ("retracted_at__isnull", True), _connector="OR"),
                name="supply_order_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="validity",
            constraint=models.UniqueConstraint(fields=("dossier", "version"), name="validity_version"),
        ),
        migrations.AddConstraint(
            model_name="validity",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="validity_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="validity",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", ""), _negated=True), name="validity_number"
            ),
        ),
        migrations.RunSQL(_GUARDS),
    ]
