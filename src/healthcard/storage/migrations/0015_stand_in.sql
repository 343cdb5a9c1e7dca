-- A temporary card is in force only while an application for a new card is open (I-03): whatever ends the application
-- ends the card in the same transaction.
CREATE FUNCTION leaves_no_stand_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM card JOIN application mine ON mine.id = card.application_id
        WHERE mine.parent_id = NEW.id AND card.kind = 'temporary' AND card.life = 'issued') THEN
        RAISE EXCEPTION 'application % ended and its temporary card is still out', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leaves_no_stand_in AFTER UPDATE OF state ON application DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL AND NEW.kind IN ('first_issue', 'replacement'))
    EXECUTE FUNCTION leaves_no_stand_in();
