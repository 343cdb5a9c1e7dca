-- What belongs together happens together, at the latest when the transaction ends.

-- The end of a replaced card and the beginning of the new one are one act (第十二条第六项, I-12); a card is handed over
-- for an application that this act completes.
CREATE FUNCTION together() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE subject card%ROWTYPE;
BEGIN
    SELECT * INTO subject FROM card WHERE id = NEW.card_id;
    IF NEW.event = 'replaced' AND NOT EXISTS (
        SELECT FROM card_event other JOIN card ON card.id = other.card_id
        WHERE other.operation = NEW.operation AND other.event = 'handed_over' AND card.kind = 'formal'
            AND card.resident_id = subject.resident_id AND card.id <> subject.id) THEN
        RAISE EXCEPTION 'a card is replaced by handing over the new one' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.event = 'handed_over' AND NOT EXISTS (
        SELECT FROM application WHERE id = subject.application_id AND state = 'completed') THEN
        RAISE EXCEPTION 'a card is handed over for an application that is completed by it' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.event = 'handed_over' AND subject.kind = 'formal' AND EXISTS (
        SELECT FROM card other WHERE other.resident_id = subject.resident_id AND other.kind = 'temporary'
            AND other.life = 'issued') THEN
        RAISE EXCEPTION 'the temporary card is still out' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER together AFTER INSERT ON card_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION together();
