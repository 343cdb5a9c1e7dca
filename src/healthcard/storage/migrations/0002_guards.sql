-- What the rules forbid the database forbids too, whoever asks.

-- Rows that are written once: the journal of what was going to be written to a chip, and what became of it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON perso_intent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON perso_outcome
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rows that may change but never go: serials and chips are not used twice, even after the card is destroyed (I-04).
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON card FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON issue_serial
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON perso_job FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON roster_import
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON issuer_identity
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Outcomes belong to a job whose intents are committed and that has not ended (I-25).
CREATE FUNCTION guard_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM perso_job WHERE id = NEW.job_id AND state = 'writing') THEN
        RAISE EXCEPTION 'outcomes are for jobs that write' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON perso_outcome FOR EACH ROW EXECUTE FUNCTION guard_outcome();

-- Intents are committed before the first write, so none comes after the first outcome or after the end (I-25).
CREATE FUNCTION guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM perso_job WHERE id = NEW.job_id AND state IN ('planned', 'writing')) THEN
        RAISE EXCEPTION 'intents are for jobs that are open' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM perso_outcome WHERE job_id = NEW.job_id) THEN
        RAISE EXCEPTION 'the job has begun: intents come before the first outcome' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON perso_intent FOR EACH ROW EXECUTE FUNCTION guard_intent();

-- A card's serial, holder and kind are for ever; scrapped is for ever (I-04, I-07, I-11). Its chip is let go only by
-- a card that was never begun: the chip refused before the first write.
CREATE FUNCTION guard_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.issuer_id, NEW.issuer_code, NEW.issue_serial, NEW.resident_id, NEW.kind, NEW.created_at)
        IS DISTINCT FROM
        (OLD.issuer_id, OLD.issuer_code, OLD.issue_serial, OLD.resident_id, OLD.kind, OLD.created_at) THEN
        RAISE EXCEPTION 'serial, holder and kind of a card never change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.chip8 IS NOT NULL AND (NEW.product, NEW.chip8, NEW.answer_to_reset)
        IS DISTINCT FROM (OLD.product, OLD.chip8, OLD.answer_to_reset) THEN
        IF NEW.chip8 IS NOT NULL OR OLD.life <> 'planned' OR EXISTS (SELECT FROM perso_job
            WHERE card_id = NEW.id AND (state = 'writing' OR state = 'refused' AND EXISTS (
                SELECT FROM perso_outcome JOIN perso_intent USING (job_id, index) WHERE job_id = perso_job.id))) THEN
            RAISE EXCEPTION 'the chip of a card never changes' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    -- What the chip's keys and files were derived from: settling compares the chip with it (I-25).
    IF OLD.chip8 IS NOT NULL AND NEW.chip8 IS NOT NULL
        AND (NEW.city, NEW.key_version, NEW.issued_on, NEW.valid_until, NEW.application_plan, NEW.layout)
        IS DISTINCT FROM
        (OLD.city, OLD.key_version, OLD.issued_on, OLD.valid_until, OLD.application_plan, OLD.layout) THEN
        RAISE EXCEPTION 'what is on the chip of a card never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.life <> NEW.life AND (OLD.life, NEW.life) NOT IN
        (('planned', 'made'), ('planned', 'scrapped'), ('made', 'scrapped')) THEN
        RAISE EXCEPTION 'a card does not go from % to %', OLD.life, NEW.life USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON card FOR EACH ROW EXECUTE FUNCTION guard_card();

CREATE FUNCTION guard_serial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.issuer_code <> OLD.issuer_code OR NEW.last < OLD.last THEN
        RAISE EXCEPTION 'issue serials only go up' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON issue_serial FOR EACH ROW EXECUTE FUNCTION guard_serial();

-- A job begins open; its plan is fixed once committed and its end is for ever; finished means: there were intents and
-- every one at last came out 9000 (I-25).
CREATE FUNCTION guard_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('planned', 'writing') OR NEW.state = 'planned' AND NEW.plan_digest IS NOT NULL THEN
            RAISE EXCEPTION 'a job begins planned, or writing with its plan' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.card_id <> OLD.card_id OR OLD.plan_digest IS NOT NULL AND NEW.plan_digest IS DISTINCT FROM OLD.plan_digest THEN
        RAISE EXCEPTION 'card and plan of a job never change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('finished', 'scrapped', 'refused') THEN
        RAISE EXCEPTION 'the job is closed: %', OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'finished' AND NOT EXISTS (SELECT FROM perso_intent WHERE job_id = NEW.id AND NOT standby) THEN
        RAISE EXCEPTION 'a job without intents has not finished' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'finished' AND EXISTS (
        SELECT FROM perso_intent WHERE job_id = NEW.id AND NOT standby AND 36864 IS DISTINCT FROM (
            SELECT sw FROM perso_outcome WHERE job_id = NEW.id AND index = perso_intent.index
            ORDER BY id DESC LIMIT 1)) THEN
        RAISE EXCEPTION 'a job with an open or failed intent has not finished' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON perso_job FOR EACH ROW EXECUTE FUNCTION guard_job();

-- Card row and job row agree at the end of every transaction: a card is made exactly when one of its jobs finished.
CREATE FUNCTION card_agrees_with_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE card_life text; finished boolean; subject bigint;
BEGIN
    subject := CASE TG_TABLE_NAME WHEN 'card' THEN (to_jsonb(NEW) ->> 'id') ELSE (to_jsonb(NEW) ->> 'card_id') END;
    SELECT life INTO card_life FROM card WHERE id = subject;
    finished := EXISTS (SELECT FROM perso_job WHERE card_id = subject AND state = 'finished');
    IF card_life = 'made' AND NOT finished OR card_life = 'planned' AND finished THEN
        RAISE EXCEPTION 'card % is %, its job says otherwise', subject, card_life
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER agrees AFTER INSERT OR UPDATE OF life ON card
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_agrees_with_job();
CREATE CONSTRAINT TRIGGER agrees AFTER INSERT OR UPDATE OF state ON perso_job
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_agrees_with_job();
