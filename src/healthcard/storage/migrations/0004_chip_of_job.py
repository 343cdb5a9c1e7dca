from django.db import migrations, models

# The chip of a job is known from its first commit on, and for ever: the tries it has left are read from its jobs.
_CHIP_STAYS = """
    CREATE TRIGGER chip_stays BEFORE UPDATE ON perso_job FOR EACH ROW
        WHEN (OLD.chip8 IS NOT NULL AND (NEW.product, NEW.chip8) IS DISTINCT FROM (OLD.product, OLD.chip8))
        EXECUTE FUNCTION refuse_change()"""


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0003_key_binding"),
    ]

    operations = [
        migrations.AddField(
            model_name="persojob",
            name="chip8",
            field=models.BinaryField(max_length=8, null=True),
        ),
        migrations.AddField(
            model_name="persojob",
            name="product",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddIndex(
            model_name="persojob",
            index=models.Index(
                condition=models.Q(("chip8__isnull", False)),
                fields=["chip8", "product"],
                name="perso_job_chip_jobs",
            ),
        ),
        migrations.AddConstraint(
            model_name="persojob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chip8__isnull", True), ("product", "")),
                    models.Q(("chip8__length", 8), models.Q(("product", ""), _negated=True)),
                    _connector="OR",
                ),
                name="perso_job_chip",
            ),
        ),
        migrations.RunSQL(_CHIP_STAYS),
    ]
