from importlib.resources import files

from django.db import migrations, models

_GUARDS = files("healthcard.storage.migrations").joinpath("0032_day_counts.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("storage", "0028_admission")]

    operations = [
        migrations.CreateModel(
            name="DayCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "path", "day", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("path", models.CharField(max_length=200)),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=24)),
                ("number", models.IntegerField()),
            ],
            options={"db_table": "day_count"},
        ),
        migrations.CreateModel(
            name="HomeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=200)),
            ],
            options={"db_table": "home_change"},
        ),
        migrations.RunSQL(_GUARDS),
        migrations.DeleteModel(name="MonthCount"),
        migrations.AddField("cardcount", "dormant", models.IntegerField(db_default=0)),
        migrations.RemoveIndex("cardevent", "card_event_at"),
        migrations.AddIndex("cardevent", models.Index(fields=["event", "at", "id"], name="card_event_at")),
        migrations.AddIndex(
            "card",
            models.Index(fields=["home_path", "-id"], condition=models.Q(("kind", "temporary")), name="card_temporary"),
        ),
        migrations.AddIndex(
            "card",
            models.Index(fields=["place", "place_org"], condition=models.Q(("life", "made")), name="card_waiting"),
        ),
        migrations.AddIndex(
            "card",
            models.Index(
                fields=["home_path", "place", "made_at", "id"],
                include=["place_org"],
                condition=models.Q(("kind", "formal"), ("life", "made")),
                name="card_made_first",
            ),
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["application"],
                condition=models.Q(("application__isnull", False)),
                name="audit_entry_application",
            ),
        ),
        migrations.RemoveIndex("auditentry", "audit_entry_account"),
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["account", "at", "organisation"],
                condition=models.Q(("account__isnull", False)),
                name="audit_entry_account",
            ),
        ),
        migrations.RemoveIndex("application", "application_open"),
        migrations.AddIndex(
            "application",
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(("state__in", ["accepted", "approved", "making", "arrived"])),
                name="application_open",
            ),
        ),
        migrations.AddIndex(
            "personrequest",
            models.Index(fields=["due_on", "id"], condition=models.Q(("decided_at", None)), name="person_request_open"),
        ),
    ]
