-- What services refused alone, refused here too.

-- A new card is handed over when all business data are on it (I-17): those of the card it replaces, and those of every
-- temporary card that was ever out for its application, a first card's too.
CREATE OR REPLACE FUNCTION replaced_as_one() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
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
            WHERE new_card_id = subject.id AND old_card_id = wish.card_id)
        OR EXISTS (SELECT FROM application mine JOIN card lent ON lent.application_id = mine.id
            JOIN card_event used ON used.card_id = lent.id AND used.event = 'handed_over'
            WHERE mine.parent_id = wish.id AND lent.kind = 'temporary' AND NOT EXISTS (SELECT FROM transfer
                WHERE new_card_id = subject.id AND old_card_id = lent.id)) THEN
        RAISE EXCEPTION 'the business data for card % are not moved', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- Nobody acts on his own card: who verifies an application is somebody else, too (I-38).
CREATE OR REPLACE FUNCTION not_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE holder bigint; actors bigint[]; told jsonb := to_jsonb(NEW);
BEGIN
    IF TG_TABLE_NAME = 'card_event' THEN
        holder := (SELECT resident_id FROM card WHERE id = (told ->> 'card_id')::bigint);
        actors := ARRAY[(told ->> 'account_id')::bigint];
    ELSE
        holder := (told ->> 'resident_id')::bigint;
        actors := ARRAY[(told ->> 'accepted_by_id')::bigint, (told ->> 'verified_by_id')::bigint,
            (told ->> 'reviewed_by_id')::bigint];
    END IF;
    IF EXISTS (SELECT FROM account JOIN resident ON resident.identity_digest = account.person_digest
               WHERE account.id = ANY(actors) AND resident.id = holder)
        OR EXISTS (SELECT FROM account JOIN resident_key ON resident_key.digest = account.person_digest
                   WHERE account.id = ANY(actors) AND resident_key.kind = 'document' AND resident_key.resident_id = holder)
    THEN
        RAISE EXCEPTION 'nobody acts on his own card' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER not_own ON application;
CREATE TRIGGER not_own BEFORE INSERT OR UPDATE OF verified_by_id, reviewed_by_id ON application
    FOR EACH ROW EXECUTE FUNCTION not_own();
