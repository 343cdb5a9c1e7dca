-- People: a document belongs to one person for ever, two records of one person are one, and what was deleted stays so.

-- A county's rosters bring millions of keys, so they are judged statement by statement; each row by an index.
CREATE FUNCTION guard_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM given LEFT JOIN resident ON resident.id = given.resident_id WHERE resident.id IS NULL) THEN
        RAISE EXCEPTION 'a key belongs to somebody on file' USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF EXISTS (SELECT FROM given JOIN resident ON resident.identity_digest = given.digest
        WHERE given.kind = 'document' AND resident.id <> given.resident_id
            AND resident.merged_into_id IS DISTINCT FROM given.resident_id) THEN
        RAISE EXCEPTION 'this document is of somebody else on file' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER guard AFTER INSERT ON resident_key REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION guard_keys();

CREATE FUNCTION keep_document_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.kind, NEW.digest) IS DISTINCT FROM (OLD.kind, OLD.digest)
        OR NEW.resident_id <> OLD.resident_id AND NOT EXISTS (
            SELECT FROM resident WHERE id = OLD.resident_id AND merged_into_id = NEW.resident_id) THEN
        RAISE EXCEPTION 'a document belongs to its person for ever' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON resident_key
    FOR EACH ROW WHEN (OLD.kind = 'document') EXECUTE FUNCTION keep_document_keys();

CREATE FUNCTION guard_new_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM given JOIN resident_key ON resident_key.digest = given.identity_digest
        WHERE resident_key.kind = 'document' AND resident_key.resident_id <> given.id) THEN
        RAISE EXCEPTION 'this document is of somebody else on file' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER guard_new AFTER INSERT ON resident REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION guard_new_people();

-- Who is on file under another record, and whose data were deleted, has nothing that lives; neither is taken back.
CREATE FUNCTION guard_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NEW.identity_digest <> OLD.identity_digest AND NOT EXISTS (SELECT FROM resident_key
        WHERE resident_id = NEW.id AND kind = 'document' AND digest = NEW.identity_digest) THEN
        RAISE EXCEPTION 'a person leads one of his own documents' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id
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
CREATE TRIGGER guard BEFORE UPDATE OF identity_digest, merged_into_id, erased_at, sealed ON resident
    FOR EACH ROW EXECUTE FUNCTION guard_person();

CREATE FUNCTION guard_closed_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM resident WHERE id = NEW.resident_id AND num_nonnulls(merged_into_id, erased_at) > 0) THEN
        RAISE EXCEPTION 'this record was closed: nothing new begins on it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_person BEFORE INSERT ON card FOR EACH ROW EXECUTE FUNCTION guard_closed_person();
CREATE TRIGGER closed_person BEFORE INSERT ON application FOR EACH ROW EXECUTE FUNCTION guard_closed_person();

-- Requests about a person's data: what was asked stays, it is decided once, some by another person than took it.
CREATE FUNCTION guard_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF (NEW.number, NEW.kind, NEW.resident_id, NEW."by", NEW.presented, NEW.desk_id, NEW.accepted_by_id, NEW.accepted_at,
        NEW.due_on) IS DISTINCT FROM (OLD.number, OLD.kind, OLD.resident_id, OLD."by", OLD.presented, OLD.desk_id,
        OLD.accepted_by_id, OLD.accepted_at, OLD.due_on) OR NEW.sealed NOT IN (OLD.sealed, ''::bytea) THEN
        RAISE EXCEPTION 'what was asked for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decided_at IS NOT NULL AND (NEW.decided_by_id, NEW.decided_at, NEW.granted, NEW.answer)
        IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.granted, OLD.answer) THEN
        RAISE EXCEPTION 'an answer does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind IN ('link', 'deletion') AND NEW.decided_at IS NOT NULL AND OLD.decided_at IS NULL
        AND (NEW.decided_by_id IS NOT DISTINCT FROM NEW.accepted_by_id OR EXISTS (
            SELECT FROM account maker JOIN account checker ON checker.person_digest = maker.person_digest
            WHERE maker.id = NEW.accepted_by_id AND checker.id = NEW.decided_by_id)) THEN
        RAISE EXCEPTION 'two people decide this' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON person_request FOR EACH ROW EXECUTE FUNCTION guard_request();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON person_request
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON collection FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- History and collections are written once; the one change they know is that their sealed part is emptied.
DROP TRIGGER written_once ON resident_change;
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON resident_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE emptied text := CASE TG_TABLE_NAME WHEN 'resident_change' THEN 'sealed_before' ELSE 'sealed' END;
BEGIN
    IF to_jsonb(NEW) - emptied <> to_jsonb(OLD) - emptied OR to_jsonb(NEW) ->> emptied <> '\x'
        OR NOT EXISTS (SELECT FROM resident WHERE id = NEW.resident_id AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER written_once BEFORE UPDATE ON resident_change FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER written_once BEFORE UPDATE ON collection FOR EACH ROW EXECUTE FUNCTION keep_history();

-- An application's content stays, unless its person's data were deleted: then it is empty.
CREATE OR REPLACE FUNCTION keep_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.presented, NEW."by", NEW.channel, NEW.reason) IS DISTINCT FROM (OLD.presented, OLD."by", OLD.channel, OLD.reason)
        OR NEW.sealed <> OLD.sealed AND NOT (NEW.sealed = ''::bytea AND EXISTS (
            SELECT FROM resident WHERE id = NEW.resident_id AND erased_at IS NOT NULL))
        OR OLD.receipt <> '' AND NEW.fee_fen <> OLD.fee_fen THEN
        RAISE EXCEPTION 'what was asked for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.closed_at IS NOT NULL AND (NEW.state, NEW.closed_at, NEW.outcome, NEW.card_id, NEW.due_on, NEW.receipt,
        NEW.fee_waiver, NEW.verified_by_id, NEW.verified_at, NEW.verification, NEW.reviewed_by_id, NEW.reviewed_at,
        NEW.opinion, NEW.content_digest) IS DISTINCT FROM (OLD.state, OLD.closed_at, OLD.outcome, OLD.card_id, OLD.due_on,
        OLD.receipt, OLD.fee_waiver, OLD.verified_by_id, OLD.verified_at, OLD.verification, OLD.reviewed_by_id,
        OLD.reviewed_at, OLD.opinion, OLD.content_digest) THEN
        RAISE EXCEPTION 'an application that is closed does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Deletes what identifies somebody, in the transaction in which a second person granted it. What stays: the digests of
-- his documents, that his cards ended, who did what and when.
CREATE FUNCTION forget(person bigint, tombstone bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
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
END $$;
REVOKE ALL ON FUNCTION forget(bigint, bytea) FROM PUBLIC;

ALTER TABLE collection ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON collection USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
CREATE POLICY scope ON person_request USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
