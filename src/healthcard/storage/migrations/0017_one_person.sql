-- A record that ended in another one lets its document go to that one; it is known by a digest of no document then.
CREATE OR REPLACE FUNCTION guard_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NEW.identity_digest <> OLD.identity_digest AND NEW.merged_into_id IS NULL AND NOT EXISTS (SELECT FROM resident_key
        WHERE resident_id = NEW.id AND kind = 'document' AND digest = NEW.identity_digest) THEN
        RAISE EXCEPTION 'a person leads one of his own documents' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.merged_into_id IS NOT NULL AND (NEW.merged_into_id, NEW.identity_digest)
            IS DISTINCT FROM (OLD.merged_into_id, OLD.identity_digest)
        OR OLD.erased_at IS NOT NULL AND (NEW.erased_at, NEW.sealed) IS DISTINCT FROM (OLD.erased_at, OLD.sealed) THEN
        RAISE EXCEPTION 'a record that was closed stays closed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF num_nonnulls(NEW.merged_into_id, NEW.erased_at) > num_nonnulls(OLD.merged_into_id, OLD.erased_at) AND (
        EXISTS (SELECT FROM card WHERE resident_id = NEW.id AND life NOT IN ('ended', 'scrapped'))
        OR EXISTS (SELECT FROM application WHERE resident_id = NEW.id AND closed_at IS NULL)
        OR EXISTS (SELECT FROM resident other WHERE other.id = NEW.merged_into_id
            AND (other.id = NEW.id OR num_nonnulls(other.merged_into_id, other.erased_at) > 0))) THEN
        RAISE EXCEPTION 'this record still lives' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
