-- What medical institutions keep with us: rows that stay as they were said, and a fence around each institution.

-- A registration stays with its person, institution and business; it names a card of that person that has not ended.
CREATE FUNCTION guard_registration() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.resident_id, NEW.organisation_id, NEW.business)
        IS DISTINCT FROM (OLD.resident_id, OLD.organisation_id, OLD.business) THEN
        RAISE EXCEPTION 'a registration stays with its person and institution' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (TG_OP = 'INSERT' OR NEW.card_id <> OLD.card_id) AND NOT EXISTS (SELECT FROM card WHERE id = NEW.card_id
        AND resident_id = NEW.resident_id AND life IN ('made', 'issued')) THEN
        RAISE EXCEPTION 'card % takes no registration', NEW.card_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON registration FOR EACH ROW EXECUTE FUNCTION guard_registration();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON registration
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a notice counts stays; it is confirmed once.
CREATE FUNCTION guard_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL OR (NEW.transfer_id, NEW.registration_id, NEW.items, NEW.digest, NEW.at)
        IS DISTINCT FROM (OLD.transfer_id, OLD.registration_id, OLD.items, OLD.digest, OLD.at) THEN
        RAISE EXCEPTION 'a notice is confirmed once and does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON transfer_notice FOR EACH ROW EXECUTE FUNCTION guard_notice();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON transfer_notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A report of misuse stays as it was made; it is closed once.
CREATE FUNCTION guard_misuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR (NEW.card_id, NEW.organisation_id, NEW.credential_id, NEW.kind, NEW.sealed, NEW.at)
        IS DISTINCT FROM (OLD.card_id, OLD.organisation_id, OLD.credential_id, OLD.kind, OLD.sealed, OLD.at) THEN
        RAISE EXCEPTION 'a report of misuse is closed once and does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON misuse FOR EACH ROW EXECUTE FUNCTION guard_misuse();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON misuse FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A webhook keeps whose it is and its secret; what is closed stays closed.
CREATE FUNCTION guard_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR (NEW.credential_id, NEW.organisation_id, NEW.url, NEW.sealed_secret, NEW.created_at)
        IS DISTINCT FROM (OLD.credential_id, OLD.organisation_id, OLD.url, OLD.sealed_secret, OLD.created_at)
        OR (NEW.after_xid, NEW.after_id) < (OLD.after_xid, OLD.after_id) THEN
        RAISE EXCEPTION 'a webhook goes forward only and keeps whose it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON webhook FOR EACH ROW EXECUTE FUNCTION guard_webhook();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON webhook FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON challenge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which challenge a verification answers is one of ours, for that card and institution (I-47).
CREATE FUNCTION guard_presence() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM challenge WHERE nonce = NEW.nonce AND card_id = NEW.card_id
        AND organisation_id = NEW.organisation_id AND credential_id IS NOT DISTINCT FROM NEW.credential_id) THEN
        RAISE EXCEPTION 'the answer to a challenge that is not this one''s' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_presence BEFORE INSERT ON verification
    FOR EACH ROW WHEN (NEW.nonce IS NOT NULL) EXECUTE FUNCTION guard_presence();

-- Rows about a person are seen where he is at home. The role of the institutions' process is fenced in further
-- (grants_institution.sql).
ALTER TABLE registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE misuse ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON registration USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
CREATE POLICY scope ON transfer_notice USING (EXISTS (SELECT FROM registration WHERE registration.id = registration_id));
CREATE POLICY scope ON misuse USING (EXISTS (SELECT FROM card WHERE card.id = card_id));
CREATE POLICY everything ON webhook USING (true);
CREATE POLICY everything ON idempotent_answer USING (true);
