from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0011_content")]
    operations = [
        migrations.AddField(
            "transfer",
            "files",
            models.JSONField(db_default=[], help_text="what was moved, by file: path, count, digest"),
        ),
        migrations.AlterField(
            "transfer",
            "not_transferable",
            models.JSONField(default=list, help_text="what did not move, by file: path, count, reason"),
        ),
        migrations.RunSQL("SELECT renew_sums(ARRAY['transfer'])"),
    ]
