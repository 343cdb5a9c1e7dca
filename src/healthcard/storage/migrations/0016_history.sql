-- A number that was misread is let go when the record is put right, in that act alone; the leading one never.
CREATE OR REPLACE FUNCTION keep_document_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM resident WHERE id = OLD.resident_id AND identity_digest = OLD.digest)
            OR NOT EXISTS (SELECT FROM resident_change WHERE resident_id = OLD.resident_id
                AND changed_at >= transaction_timestamp() AND 'document' = ANY(string_to_array(fields, ' '))) THEN
            RAISE EXCEPTION 'a document belongs to its person for ever' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.kind, NEW.digest) IS DISTINCT FROM (OLD.kind, OLD.digest)
        OR NEW.resident_id <> OLD.resident_id AND NOT EXISTS (
            SELECT FROM resident WHERE id = OLD.resident_id AND merged_into_id = NEW.resident_id) THEN
        RAISE EXCEPTION 'a document belongs to its person for ever' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Nobody acts on his own card, under whichever of his documents his login was opened (I-38).
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
    IF EXISTS (SELECT FROM account JOIN resident ON resident.identity_digest = account.person_digest
               WHERE account.id = actor AND resident.id = holder)
        OR EXISTS (SELECT FROM account JOIN resident_key ON resident_key.digest = account.person_digest
                   WHERE account.id = actor AND resident_key.kind = 'document' AND resident_key.resident_id = holder) THEN
        RAISE EXCEPTION 'nobody acts on his own card' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
