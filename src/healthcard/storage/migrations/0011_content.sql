-- What was asked for and what was decided stays: the content of an application, an application that is closed, and the
-- values of an issuer's parameters.
CREATE FUNCTION keep_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.sealed, NEW.presented, NEW."by", NEW.channel, NEW.reason)
        IS DISTINCT FROM (OLD.sealed, OLD.presented, OLD."by", OLD.channel, OLD.reason)
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
CREATE TRIGGER content BEFORE UPDATE ON application FOR EACH ROW EXECUTE FUNCTION keep_content();

CREATE FUNCTION keep_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.issuer_id, NEW.version, NEW."values", NEW.valid_from, NEW.proposed_by_id, NEW.proposed_at)
        IS DISTINCT FROM (OLD.issuer_id, OLD.version, OLD."values", OLD.valid_from, OLD.proposed_by_id, OLD.proposed_at)
        OR OLD.approved_at IS NOT NULL AND (NEW.approved_by_id, NEW.approved_at)
        IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at) THEN
        RAISE EXCEPTION 'a version of the parameters does not change: propose another' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER content BEFORE UPDATE ON parameter_set FOR EACH ROW EXECUTE FUNCTION keep_parameters();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON parameter_set
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
