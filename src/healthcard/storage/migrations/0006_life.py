from importlib.resources import files

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0006_life.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0005_chip_name_review"),
    ]

    operations = [
        migrations.CreateModel(
            name="Access",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=40)),
                ("what", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("operation", models.UUIDField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "access",
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(help_text="业务流水号, also on the ticket", max_length=24, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("first_issue", "申领"),
                            ("loss", "挂失"),
                            ("unloss", "解挂"),
                            ("unlock", "解锁"),
                            ("replacement", "补领"),
                            ("temporary", "临时卡"),
                            ("update", "信息更新"),
                            ("termination", "终止使用"),
                            ("return", "退卡"),
                            ("move", "迁移"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("accepted", "已受理"),
                            ("approved", "审核通过"),
                            ("making", "制卡中"),
                            ("arrived", "待领取"),
                            ("completed", "已办结"),
                            ("rejected", "审核不通过"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已失效"),
                        ],
                        default="accepted",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="lost, damaged, changed, other ... by its kind", max_length=16
                    ),
                ),
                (
                    "sealed",
                    models.BinaryField(help_text="form, agent, guardian, documents as JSON under the person's seal"),
                ),
                (
                    "presented",
                    models.JSONField(default=list, help_text="kinds of documents presented; nothing is pre-ticked"),
                ),
                (
                    "by",
                    models.CharField(default="holder", help_text="holder, agent, guardian, relative", max_length=10),
                ),
                ("channel", models.CharField(default="counter", max_length=10)),
                ("accepted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("due_on", models.DateField(null=True)),
                ("fee_fen", models.IntegerField(default=0)),
                ("fee_waiver", models.CharField(blank=True, max_length=60)),
                ("receipt", models.CharField(blank=True, max_length=24)),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "verification",
                    models.CharField(blank=True, help_text="核实: how, with what finding", max_length=200),
                ),
                ("content_digest", models.BinaryField(help_text="SM3 of what was reviewed", max_length=32, null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("opinion", models.CharField(blank=True, help_text="审核意见", max_length=200)),
                ("outcome", models.CharField(blank=True, max_length=200)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.IntegerField(default=1)),
                ("home_path", models.CharField(blank=True, max_length=200)),
                ("desk_path", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "application",
            },
        ),
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "chain", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("chain", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("signature", models.BinaryField()),
            ],
            options={
                "db_table": "audit_anchor",
            },
        ),
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                ("chain", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_chain",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "chain", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("chain", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("action", models.CharField(max_length=40)),
                ("account", models.BigIntegerField(null=True)),
                ("credential", models.BigIntegerField(null=True)),
                ("organisation", models.BigIntegerField(null=True)),
                ("resident", models.BigIntegerField(null=True)),
                ("card", models.BigIntegerField(null=True)),
                ("application", models.BigIntegerField(null=True)),
                ("body", models.BinaryField()),
                ("previous", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_entry",
            },
        ),
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("issue", "发行授权"),
                            ("making", "授权组织制作"),
                            ("platform", "授权建设平台"),
                            ("implement", "授权实施"),
                        ],
                        max_length=12,
                    ),
                ),
                ("document", models.CharField(help_text="文号", max_length=80)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("filed_on", models.DateField(help_text="报备日期", null=True)),
                ("entered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "authorisation",
            },
        ),
        migrations.CreateModel(
            name="CardChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("usable", models.BooleanField()),
                ("reason", models.CharField(max_length=16)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("xid", models.BigIntegerField(db_default=0)),
            ],
            options={
                "db_table": "card_change",
            },
        ),
        migrations.CreateModel(
            name="CardEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("person_version", models.IntegerField(db_default=0)),
                ("event", models.CharField(max_length=24)),
                ("changes", models.JSONField(help_text="column -> new value")),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "card_event",
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                ("nonce", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "challenge",
            },
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("role", models.CharField(max_length=12)),
                ("secret_digest", models.BinaryField(help_text="SM3 of 32 random bytes", max_length=32, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("valid_to", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "credential",
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("working", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=40)),
            ],
            options={
                "db_table": "holiday",
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "client", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("client", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.SmallIntegerField()),
                ("body", models.BinaryField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "idempotent_answer",
            },
        ),
        migrations.CreateModel(
            name="LifecycleRule",
            fields=[
                ("event", models.CharField(max_length=24, primary_key=True, serialize=False)),
                ("requires", models.JSONField(help_text="fact -> the values it may have before")),
                ("sets", models.JSONField(help_text="fact -> the values it may have afterwards")),
                ("carries", models.JSONField(help_text="further columns the event may set")),
                ("article", models.CharField(max_length=20)),
            ],
            options={
                "db_table": "lifecycle_rule",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("operation", models.UUIDField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "message",
            },
        ),
        migrations.CreateModel(
            name="Misuse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="lent, sold, found, other", max_length=10)),
                ("sealed", models.BinaryField(help_text="what was seen, sealed for the card's holder", null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
                ("finding", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "misuse",
            },
        ),
        migrations.CreateModel(
            name="ParameterSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("values", models.JSONField()),
                ("valid_from", models.DateField()),
                ("proposed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("approved_at", models.DateTimeField(null=True)),
                ("filed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "parameter_set",
            },
        ),
        migrations.CreateModel(
            name="PersonVersion",
            fields=[
                (
                    "resident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="card_version",
                        serialize=False,
                        to="storage.resident",
                    ),
                ),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "person_version",
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("receipt", models.CharField(max_length=24, unique=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                (
                    "certificate",
                    models.BinaryField(help_text="SM3 of the destruction certificate", max_length=32, null=True),
                ),
            ],
            options={
                "db_table": "recovery",
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("business", models.CharField(max_length=40)),
                ("items", models.IntegerField(default=0)),
                ("digest", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "registration",
            },
        ),
        migrations.CreateModel(
            name="ResidentChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fields", models.CharField(help_text="names of what changed, separated by blanks", max_length=200)),
                ("sealed_before", models.BinaryField()),
                ("reason", models.CharField(max_length=200)),
                ("operation", models.UUIDField()),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "resident_change",
            },
        ),
        migrations.CreateModel(
            name="ResidentKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    models.CharField(blank=True, help_text="of a second document, as lists show it", max_length=40),
                ),
            ],
            options={
                "db_table": "resident_key",
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("digest", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("terminal", models.CharField(blank=True, max_length=60)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "token",
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(help_text="chip, record or none: what the old chip gave", max_length=10)),
                (
                    "sealed",
                    models.BinaryField(
                        help_text="what was read from the old chip, until the new one holds it", null=True
                    ),
                ),
                ("items", models.IntegerField(default=0)),
                (
                    "digest",
                    models.BinaryField(help_text="SM3 over the sorted digests of the items", max_length=32, null=True),
                ),
                ("written_items", models.IntegerField(default=0)),
                ("written_digest", models.BinaryField(max_length=32, null=True)),
                (
                    "not_transferable",
                    models.JSONField(default=list, help_text="what a lost chip alone held, as the holder is told"),
                ),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "transfer",
            },
        ),
        migrations.CreateModel(
            name="TransferNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("items", models.IntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "transfer_notice",
            },
        ),
        migrations.CreateModel(
            name="UpkeepJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="unlock, update, lock, transfer ...", max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "待写"),
                            ("writing", "写卡中"),
                            ("finished", "完成"),
                            ("refused", "拒绝"),
                            ("abandoned", "放弃"),
                        ],
                        default="planned",
                        max_length=9,
                    ),
                ),
                ("plan_digest", models.BinaryField(max_length=32, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("planned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "upkeep_job",
            },
        ),
        migrations.CreateModel(
            name="UpkeepIntent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "job_id", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="intents", to="storage.upkeepjob"
                    ),
                ),
                ("index", models.IntegerField()),
                ("act", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=40)),
                ("digest", models.BinaryField(max_length=32)),
                ("standby", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "upkeep_intent",
            },
        ),
        migrations.CreateModel(
            name="UpkeepOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.IntegerField()),
                ("sw", models.IntegerField()),
                ("how", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "upkeep_outcome",
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("card_version", models.IntegerField()),
                (
                    "purpose",
                    models.CharField(
                        help_text="预防 prevention, 医疗 treatment, 保健 care, 康复 rehabilitation", max_length=10
                    ),
                ),
                ("step", models.CharField(max_length=20)),
                ("usable", models.BooleanField()),
                ("reason", models.CharField(max_length=16)),
                (
                    "present",
                    models.BooleanField(default=False, help_text="the chip itself answered a challenge of ours"),
                ),
                ("nonce", models.BinaryField(max_length=16, null=True, unique=True)),
                ("started", models.DateTimeField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "verification",
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.CharField(max_length=300)),
                ("sealed_secret", models.BinaryField()),
                ("after_xid", models.BigIntegerField(default=0)),
                ("after_id", models.BigIntegerField(default=0)),
                ("failures", models.SmallIntegerField(default=0)),
                ("next_try", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "webhook",
            },
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="account_role",
        ),
        migrations.RemoveConstraint(
            model_name="card",
            name="card_one_formal_per_person",
        ),
        migrations.RemoveConstraint(
            model_name="card",
            name="card_life",
        ),
        migrations.RemoveConstraint(
            model_name="card",
            name="card_made",
        ),
        migrations.AddField(
            model_name="account",
            name="failures",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="account",
            name="locked_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="must_change",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="account",
            name="person_digest",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="second_factor",
            field=models.BinaryField(help_text="sealed TOTP secret; null: none enrolled yet", null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="second_factor_step",
            field=models.BigIntegerField(default=0, help_text="the last time step used: a code works once"),
        ),
        migrations.AddField(
            model_name="card",
            name="app_lock",
            field=models.CharField(db_default="none", help_text="none, temporary, permanent", max_length=9),
        ),
        migrations.AddField(
            model_name="card",
            name="chip_end",
            field=models.CharField(db_default="none", help_text="how the chip ended", max_length=10),
        ),
        migrations.AddField(
            model_name="card",
            name="end_reason",
            field=models.CharField(blank=True, db_default="", max_length=16),
        ),
        migrations.AddField(
            model_name="card",
            name="home_path",
            field=models.CharField(
                blank=True, help_text="path of its holder's home; kept by the database", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="loss",
            field=models.CharField(db_default="none", help_text="none, oral, written", max_length=8),
        ),
        migrations.AddField(
            model_name="card",
            name="loss_until",
            field=models.DateTimeField(help_text="when an oral report lapses", null=True),
        ),
        migrations.AddField(
            model_name="card",
            name="pin_locked",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="card",
            name="place",
            field=models.CharField(db_default="none", help_text="where the chip physically is", max_length=10),
        ),
        migrations.AddField(
            model_name="card",
            name="place_org",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="suspended",
            field=models.BooleanField(db_default=False, help_text="a temporary card is in force instead of it"),
        ),
        migrations.AddField(
            model_name="card",
            name="version",
            field=models.IntegerField(db_default=0, help_text="how many events it has had"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="closed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="credit_code",
            field=models.CharField(blank=True, help_text="统一社会信用代码", max_length=18),
        ),
        migrations.AddField(
            model_name="organisation",
            name="opened_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="path",
            field=models.CharField(
                blank=True, help_text="/ministry/…/self/ by id; the database keeps it", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="successor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="storage.organisation",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="died_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="home_path",
            field=models.CharField(blank=True, help_text="path of home; the database keeps it", max_length=200),
        ),
        migrations.AddField(
            model_name="resident",
            name="left_on",
            field=models.DateField(help_text="emigrated or moved out of the issuer's area", null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="restricted",
            field=models.BooleanField(db_default=False, help_text="processing restricted at the person's wish"),
        ),
        migrations.AlterField(
            model_name="card",
            name="life",
            field=models.CharField(
                choices=[
                    ("planned", "待制"),
                    ("made", "已制"),
                    ("issued", "已发"),
                    ("ended", "终止"),
                    ("scrapped", "报废"),
                ],
                default="planned",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["path"], name="organisation_path", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["clerk", "reviewer", "supervisor", "maker", "custodian", "auditor", "admin", "institution"],
                    )
                ),
                name="account_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("person_digest__isnull", True), ("person_digest__length", 32), _connector="OR"),
                name="account_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(condition=models.Q(("failures__gte", 0)), name="account_failures"),
        ),
        migrations.AddField(
            model_name="access",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="access",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="access",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="accesses", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="accepted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="card",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="applications", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="desk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="applications", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="parent",
            field=models.ForeignKey(
                help_text="temporary card: for",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dependents",
                to="storage.application",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="applications", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="reviewed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="verified_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="application",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="cards", to="storage.application"
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["place_org", "-id"], name="card_place_org"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(condition=models.Q(("loss", "oral")), fields=["loss_until"], name="card_oral"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                condition=models.Q(("life", "issued")), fields=["valid_until"], name="card_validity_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "formal"), ("life", "issued")),
                fields=("resident",),
                name="card_one_formal_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "formal"), ("life__in", ["planned", "made"])),
                fields=("resident",),
                name="card_one_formal_in_making",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "temporary"), ("life__in", ["planned", "made", "issued"])),
                fields=("resident",),
                name="card_one_temporary",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "temporary"), _negated=True), ("application__isnull", False), _connector="OR"
                ),
                name="card_temporary_application",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("loss__in", ["none", "oral", "written"])), name="card_loss"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("loss", "oral"), ("loss_until__isnull", False)),
                    models.Q(models.Q(("loss", "oral"), _negated=True), ("loss_until__isnull", True)),
                    _connector="OR",
                ),
                name="card_loss_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("app_lock__in", ["none", "temporary", "permanent"])), name="card_app_lock"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("place__in", ["none", "maker", "transit", "desk", "holder", "lost", "recovered", "destroyed"])
                ),
                name="card_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("chip_end__in", ["none", "locked", "listed", "destroyed"])), name="card_chip_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("life", "ended"), models.Q(("end_reason", ""), _negated=True)),
                    models.Q(models.Q(("life", "ended"), _negated=True), ("end_reason", "")),
                    _connector="OR",
                ),
                name="card_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("life__in", ["planned", "made", "issued", "ended", "scrapped"])), name="card_life"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("life__in", ["planned", "scrapped"]),
                    models.Q(
                        ("chip8__isnull", False), ("made_at__isnull", False), models.Q(("layout", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="card_made",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["operation"], name="audit_entry_operation"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("card__isnull", False)), fields=["card"], name="audit_entry_card"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("resident__isnull", False)), fields=["resident"], name="audit_entry_resident"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("account__isnull", False)), fields=["account"], name="audit_entry_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("hash__length", 32), ("previous__length", 32)), name="audit_entry_hash"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="audit_entry_seq"),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="entered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="grantee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="grants_held", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="grantor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="grants_given", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="cardchange",
            name="card",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.card"),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="application",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="storage.application"
            ),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="challenge",
            name="card",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.card"),
        ),
        migrations.AddField(
            model_name="credential",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="credential",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="credentials", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="challenge",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="access",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="application",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.application"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="card",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="misuse",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="misuses", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="misuse",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="misuse",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="misuse",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="parameterset",
            name="approved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="parameterset",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parameter_sets", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="parameterset",
            name="proposed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="parameters",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.parameterset"
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="card",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="recovery", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="received_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="second_witness",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="witness",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="registrations", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="registrations", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="registration",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="registrations", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="residentchange",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="residentchange",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="residentkey",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="storage.resident"
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tokens",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tokens", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="storage.application"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="new_card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers_in", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="old_card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers_out", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="transfernotice",
            name="registration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="storage.registration"
            ),
        ),
        migrations.AddField(
            model_name="transfernotice",
            name="transfer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="storage.transfer"
            ),
        ),
        migrations.AddField(
            model_name="upkeepjob",
            name="application",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="upkeep", to="storage.application"
            ),
        ),
        migrations.AddField(
            model_name="upkeepjob",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="upkeep", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="upkeepjob",
            name="operator",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="upkeepoutcome",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="storage.upkeepjob"
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="verifications", to="storage.card"
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="credential",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="credential",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="storage.credential"
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="storage.organisation"
            ),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["issue", "making", "platform", "implement"])),
                name="authorisation_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="authorisation_validity",
            ),
        ),
        migrations.AddIndex(
            model_name="cardchange",
            index=models.Index(fields=["xid", "id"], name="card_change_feed"),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(("secret_digest__length", 32)), name="credential_secret"
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["clerk", "reviewer", "supervisor", "maker", "custodian", "auditor", "admin", "institution"],
                    )
                ),
                name="credential_role",
            ),
        ),
        migrations.AddIndex(
            model_name="cardevent",
            index=models.Index(fields=["operation"], name="card_event_operation"),
        ),
        migrations.AddConstraint(
            model_name="cardevent",
            constraint=models.UniqueConstraint(fields=("card", "version"), name="card_event_version"),
        ),
        migrations.AddConstraint(
            model_name="cardevent",
            constraint=models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="card_event_first"),
        ),
        migrations.AddIndex(
            model_name="access",
            index=models.Index(fields=["resident", "-id"], name="access_resident"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["resident", "-id"], name="message_resident"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("sent_at__isnull", True)), fields=["id"], name="message_waiting"),
        ),
        migrations.AddConstraint(
            model_name="parameterset",
            constraint=models.UniqueConstraint(fields=("issuer", "version"), name="parameter_set_version"),
        ),
        migrations.AddConstraint(
            model_name="parameterset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    ("proposed_by__isnull", True),
                    models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="parameter_set_approval",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["resident", "-id"], name="application_resident"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["desk", "-id"], name="application_desk"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state__in", ["accepted", "approved", "making", "arrived"])),
                fields=["due_on"],
                name="application_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "first_issue",
                            "loss",
                            "unloss",
                            "unlock",
                            "replacement",
                            "temporary",
                            "update",
                            "termination",
                            "return",
                            "move",
                        ],
                    )
                ),
                name="application_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["accepted", "approved", "making", "arrived", "completed", "rejected", "withdrawn", "lapsed"],
                    )
                ),
                name="application_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(condition=models.Q(("fee_fen__gte", 0)), name="application_fee"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("kind__in", ["first_issue", "replacement"]),
                    ("state__in", ["accepted", "approved", "making", "arrived"]),
                ),
                fields=("resident",),
                name="application_one_new_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("card__isnull", False), ("state__in", ["accepted", "approved", "making", "arrived"])
                ),
                fields=("card", "kind"),
                name="application_one_open_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by__isnull", True),
                    ("accepted_by__isnull", True),
                    models.Q(("reviewed_by", models.F("accepted_by")), _negated=True),
                    _connector="OR",
                ),
                name="application_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state__in", ["accepted", "approved", "making", "arrived"])),
                    models.Q(
                        ("closed_at__isnull", False), ("state__in", ["completed", "rejected", "withdrawn", "lapsed"])
                    ),
                    _connector="OR",
                ),
                name="application_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="recovery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("destroyed_at__isnull", True),
                    models.Q(
                        ("certificate__length", 32),
                        ("second_witness__isnull", False),
                        ("witness__isnull", False),
                        models.Q(("witness", models.F("second_witness")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recovery_destroyed",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(
                fields=("resident", "organisation", "business"), name="registration_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__length", 32), ("items__gte", 0)), name="registration_digest"
            ),
        ),
        migrations.AddIndex(
            model_name="residentkey",
            index=models.Index(fields=["digest", "kind"], name="resident_key_digest"),
        ),
        migrations.AddConstraint(
            model_name="residentkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "document")), fields=("digest",), name="resident_key_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="residentkey",
            constraint=models.UniqueConstraint(fields=("resident", "kind", "digest"), name="resident_key_once"),
        ),
        migrations.AddConstraint(
            model_name="residentkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["document", "phone", "name", "name_birth"])), name="resident_key_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="residentkey",
            constraint=models.CheckConstraint(condition=models.Q(("digest__length", 32)), name="resident_key_length"),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(condition=models.Q(("digest__length", 32)), name="token_digest"),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("credential__isnull", False)),
                    models.Q(("account__isnull", False), ("credential__isnull", True)),
                    _connector="OR",
                ),
                name="token_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(fields=("old_card", "new_card"), name="transfer_once"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    models.Q(
                        ("items", models.F("written_items")),
                        models.Q(("digest", models.F("written_digest")), ("items", 0), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="transfer_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfernotice",
            constraint=models.UniqueConstraint(fields=("transfer", "registration"), name="transfer_notice_once"),
        ),
        migrations.AddConstraint(
            model_name="upkeepjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "writing", "finished", "refused", "abandoned"])),
                name="upkeep_job_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="upkeepjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("planned", "writing"))), fields=("card",), name="upkeep_job_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="upkeepjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state__in", ("planned", "writing"))),
                    models.Q(
                        models.Q(("state__in", ("planned", "writing")), _negated=True), ("closed_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="upkeep_job_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="upkeepintent",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__length", 32), ("index__gte", 0)), name="upkeep_intent_step"
            ),
        ),
        migrations.AddIndex(
            model_name="upkeepoutcome",
            index=models.Index(fields=["job", "index", "-id"], name="upkeep_outcome_last"),
        ),
        migrations.AddConstraint(
            model_name="upkeepoutcome",
            constraint=models.CheckConstraint(condition=models.Q(("sw__range", (0, 65535))), name="upkeep_outcome_sw"),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(fields=["card", "-id"], name="verification_card"),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["prevention", "treatment", "care", "rehabilitation"])),
                name="verification_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(("present", False), ("nonce__isnull", False), _connector="OR"),
                name="verification_presence",
            ),
        ),
        migrations.RunSQL(_GUARDS),
    ]
