import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0004_chip_of_job"),
    ]

    operations = [
        migrations.AddField(
            model_name="resident",
            name="chip_name_reviewed_at",
            field=models.DateTimeField(help_text="芯片用名 set by hand; by nobody: at the console", null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="chip_name_reviewed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("chip_name_reviewed_by__isnull", True),
                    ("chip_name_reviewed_at__isnull", False),
                    _connector="OR",
                ),
                name="resident_review",
            ),
        ),
    ]
