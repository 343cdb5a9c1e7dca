from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("storage", "0025_desk_days")]

    operations = [
        migrations.AddField(
            model_name="idempotentanswer",
            name="request",
            field=models.CharField(help_text="its number in the audit (I-41)", max_length=32, null=True),
        ),
        migrations.RemoveIndex(model_name="auditentry", name="audit_entry_account"),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=Q(account__isnull=False), fields=["account", "at"], name="audit_entry_account"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=Q(credential__isnull=False), fields=["credential", "at"], name="audit_entry_credential"
            ),
        ),
    ]
