import django.contrib.postgres.indexes
from django.db import migrations, models

# Counts of the boards are seen by whoever sees the cards they count.
_FENCES = """
ALTER TABLE card_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE month_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON card_count
    USING (starts_with(home_path, nullif(current_setting('healthcard.scope', true), '')));
CREATE POLICY scope ON month_count
    USING (starts_with(home_path, nullif(current_setting('healthcard.scope', true), '')));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0022_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Uptime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=20)),
                ("since", models.DateTimeField()),
                ("last", models.DateTimeField()),
            ],
            options={
                "db_table": "uptime",
                "indexes": [models.Index(fields=["part", "-id"], name="uptime_part")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("last__gte", models.F("since"))), name="uptime_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="CardCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home_path", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=9)),
                ("life", models.CharField(max_length=8)),
                ("loss", models.CharField(max_length=8)),
                ("suspended", models.BooleanField()),
                ("place", models.CharField(max_length=10)),
                ("number", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "card_count"},
        ),
        migrations.CreateModel(
            name="MonthCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("home_path", models.CharField(max_length=200)),
                ("event", models.CharField(max_length=24)),
                ("number", models.IntegerField()),
            ],
            options={"db_table": "month_count"},
        ),
        migrations.RunSQL(_FENCES),
        migrations.RemoveIndex(model_name="card", name="card_home"),
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["home_path", "-id"], include=["kind", "life", "loss", "suspended", "place"], name="card_home"
            ),
        ),
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["home_path", "place", "-id"],
                condition=models.Q(("life__in", ["planned", "made"])),
                name="card_new",
            ),
        ),
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["home_path", "-id"],
                condition=models.Q(("life", "issued"), ("loss__in", ["oral", "written"])),
                name="card_lost",
            ),
        ),
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["home_path", "-id"],
                condition=models.Q(("life", "issued"), ("suspended", True)),
                name="card_suspended",
            ),
        ),
        migrations.AddIndex(
            "card",
            models.Index(fields=["home_path", "-id"], condition=models.Q(("life", "ended")), name="card_ended"),
        ),
        migrations.AddIndex(
            "application",
            models.Index(
                fields=["closed_at"], condition=models.Q(("closed_at__isnull", False)), name="application_closed_at"
            ),
        ),
        migrations.AddIndex(
            "cardevent",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["at"], autosummarize=True, pages_per_range=32, name="card_event_at"
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(fields=["card"], condition=models.Q(("kind", "dormant.reminder")), name="message_dormant"),
        ),
    ]
