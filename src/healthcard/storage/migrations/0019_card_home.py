from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0018_fences")]
    operations = [
        migrations.AddIndex("card", models.Index(fields=["home_path", "-id"], name="card_home")),
    ]
