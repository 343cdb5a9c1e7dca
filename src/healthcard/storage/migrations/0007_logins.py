from django.db import migrations, models

# Whoever may show one of several documents is still the same person: nobody acts on his own card (I-38).
_NOT_OWN = """
CREATE OR REPLACE FUNCTION not_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE holder bigint; actor bigint;
BEGIN
    IF TG_TABLE_NAME = 'card_event' THEN
        holder := (SELECT resident_id FROM card WHERE id = (to_jsonb(NEW) ->> 'card_id')::bigint);
        actor := (to_jsonb(NEW) ->> 'account_id')::bigint;
    ELSE
        holder := (to_jsonb(NEW) ->> 'resident_id')::bigint;
        actor := (to_jsonb(NEW) ->> CASE WHEN TG_OP = 'INSERT' THEN 'accepted_by_id' ELSE 'reviewed_by_id' END)::bigint;
    END IF;
    IF actor IS NOT NULL AND EXISTS (SELECT FROM account WHERE account.id = actor AND (
        EXISTS (SELECT FROM resident WHERE id = holder AND identity_digest = account.person_digest)
        OR EXISTS (SELECT FROM resident_key WHERE resident_id = holder AND kind = 'document'
            AND digest = account.person_digest))) THEN
        RAISE EXCEPTION 'nobody acts on his own card' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("storage", "0006_life")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="password_at",
            field=models.DateTimeField(null=True, help_text="since when the password is the one it is"),
        ),
        migrations.AddField(
            model_name="token",
            name="idle_seconds",
            field=models.IntegerField(default=900, help_text="how long it may rest between two uses"),
        ),
        migrations.RunSQL(_NOT_OWN),
    ]
