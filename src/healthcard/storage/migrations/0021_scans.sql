-- Signed forms that came back: seen by whoever sees the application, written once, emptied with their person's data.
ALTER TABLE application_scan ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON application_scan USING (EXISTS (SELECT FROM application WHERE application.id = application_id));
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON application_scan
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE ON application_scan FOR EACH ROW EXECUTE FUNCTION keep_history();

CREATE FUNCTION same_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM application WHERE id = NEW.application_id AND resident_id = NEW.resident_id) THEN
        RAISE EXCEPTION 'a scan belongs to the person of its application' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER person BEFORE INSERT ON application_scan FOR EACH ROW EXECUTE FUNCTION same_person();

-- As before, and the scans.
CREATE OR REPLACE FUNCTION forget(person bigint, tombstone bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM person_request JOIN resident ON resident.id = resident_id
        WHERE resident.id = person AND kind = 'deletion' AND granted AND decided_at = transaction_timestamp()
            AND starts_with(home_path, nullif(current_setting('healthcard.scope', true), ''))) THEN
        RAISE EXCEPTION 'nobody granted this deletion' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE resident SET sealed = tombstone, name_masked = '', document_masked = '', birth_year = 1900,
        erased_at = transaction_timestamp(), updated_at = clock_timestamp() WHERE id = person;
    DELETE FROM resident_key WHERE resident_id = person AND kind <> 'document';
    UPDATE resident_key SET masked = '' WHERE resident_id = person;
    UPDATE resident_change SET sealed_before = '' WHERE resident_id = person;
    UPDATE collection SET sealed = '' WHERE resident_id = person;
    UPDATE person_request SET sealed = '' WHERE resident_id = person;
    UPDATE application SET sealed = '' WHERE resident_id = person;
    UPDATE application_scan SET sealed = '' WHERE resident_id = person;
END $$;
REVOKE ALL ON FUNCTION forget(bigint, bytea) FROM PUBLIC;
