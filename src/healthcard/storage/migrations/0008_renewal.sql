-- Replacing a card, held together by the database: one act, everything moved, the old chip accounted for.

-- A new card is handed over in the act that cancels the old one, after all its business data moved (I-12, I-17);
-- nothing of a cancelled card's business stays behind (I-18). Asked when the transaction ends.
CREATE FUNCTION replaced_as_one() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE subject card%ROWTYPE; wish application%ROWTYPE;
BEGIN
    SELECT * INTO subject FROM card WHERE id = NEW.card_id;
    IF NEW.event = 'replaced' THEN
        IF NOT EXISTS (SELECT FROM card_event JOIN card ON card.id = card_id WHERE operation = NEW.operation
                AND event = 'handed_over' AND card.resident_id = subject.resident_id AND card.kind = 'formal') THEN
            RAISE EXCEPTION 'card % is cancelled and no new one is handed over', subject.id USING ERRCODE = 'restrict_violation';
        END IF;
        IF EXISTS (SELECT FROM registration WHERE card_id = subject.id) THEN
            RAISE EXCEPTION 'registrations still name card %', subject.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END IF;
    SELECT * INTO wish FROM application WHERE id = subject.application_id;
    IF wish.kind = 'replacement' AND NOT EXISTS (SELECT FROM card_event
            WHERE card_id = wish.card_id AND event = 'replaced' AND operation = NEW.operation) THEN
        RAISE EXCEPTION 'card % is handed over and the old one is not cancelled', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM transfer WHERE new_card_id = subject.id AND closed_at IS NULL)
        OR wish.kind = 'replacement' AND NOT EXISTS (SELECT FROM transfer
            WHERE new_card_id = subject.id AND old_card_id = wish.card_id) THEN
        RAISE EXCEPTION 'the business data for card % are not moved', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER replaced_as_one AFTER INSERT ON card_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.event IN ('replaced', 'handed_over')) EXECUTE FUNCTION replaced_as_one();

-- What was moved stays as it was recorded once the new card is out; the cards of a move never change.
CREATE FUNCTION guard_transfer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.application_id, NEW.old_card_id, NEW.new_card_id)
        IS DISTINCT FROM (OLD.application_id, OLD.old_card_id, OLD.new_card_id) THEN
        RAISE EXCEPTION 'the cards of a move do not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM card WHERE id = NEW.new_card_id AND life <> 'made') THEN
        RAISE EXCEPTION 'card % is not one that waits for its data', NEW.new_card_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON transfer FOR EACH ROW EXECUTE FUNCTION guard_transfer();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON recovery FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A chip that came back is of an ended card; two people, not two logins, destroy it, and nothing brings it back (I-22).
CREATE FUNCTION guard_recovery() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM card WHERE id = NEW.card_id AND life IN ('ended', 'scrapped')) THEN
        RAISE EXCEPTION 'card % has not ended', NEW.card_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.destroyed_at IS NOT NULL
        OR (NEW.card_id, NEW.organisation_id, NEW.received_by_id, NEW.received_at, NEW.receipt)
        IS DISTINCT FROM (OLD.card_id, OLD.organisation_id, OLD.received_by_id, OLD.received_at, OLD.receipt)) THEN
        RAISE EXCEPTION 'the register of returned cards is written once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM account one JOIN account other ON other.person_digest = one.person_digest
        WHERE one.id = NEW.witness_id AND other.id = NEW.second_witness_id) THEN
        RAISE EXCEPTION 'one person is not two witnesses' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON recovery FOR EACH ROW EXECUTE FUNCTION guard_recovery();

CREATE FUNCTION destroyed_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM recovery WHERE card_id = NEW.card_id AND destroyed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'card % is destroyed without its certificate', NEW.card_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER destroyed_by_two AFTER INSERT ON card_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.event = 'destroyed') EXECUTE FUNCTION destroyed_by_two();
