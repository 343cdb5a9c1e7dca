-- Orders to lock a card's applications or to release them: seen with their card, written once, by two people.
ALTER TABLE lock_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON lock_order USING (EXISTS (SELECT FROM card WHERE card.id = card_id));
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON lock_order FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_lock_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.carried_out_by_id, NEW.carried_out_at, NEW.chip_at, NEW.withdrawn_by_id, NEW.withdrawn_at) > 0
        THEN
            RAISE EXCEPTION 'an order is made by one person and carried out by another' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NOT EXISTS (SELECT FROM card WHERE id = NEW.card_id AND life = 'issued') THEN
            RAISE EXCEPTION 'card % is not in use', NEW.card_id USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.ordered_at := transaction_timestamp();
    ELSIF OLD.withdrawn_at IS NOT NULL OR OLD.chip_at IS NOT NULL
        OR OLD.carried_out_at IS NOT NULL AND (NEW.carried_out_at, NEW.carried_out_by_id, NEW.withdrawn_at)
        IS DISTINCT FROM (OLD.carried_out_at, OLD.carried_out_by_id, OLD.withdrawn_at)
        OR (NEW.card_id, NEW.wish, NEW.reason, NEW.ordered_by_id, NEW.ordered_at)
        IS DISTINCT FROM (OLD.card_id, OLD.wish, OLD.reason, OLD.ordered_by_id, OLD.ordered_at) THEN
        RAISE EXCEPTION 'an order is written and decided once' USING ERRCODE = 'restrict_violation';
    ELSIF NEW.carried_out_at IS NOT NULL AND OLD.carried_out_at IS NULL THEN
        NEW.carried_out_at := transaction_timestamp();  -- as the card's event
    END IF;
    IF NEW.carried_out_at IS NOT NULL AND (NEW.carried_out_by_id IS NOT DISTINCT FROM NEW.ordered_by_id
        OR EXISTS (SELECT FROM account one JOIN account other ON other.person_digest = one.person_digest
            WHERE one.id = NEW.ordered_by_id AND other.id = NEW.carried_out_by_id)) THEN
        RAISE EXCEPTION 'one person does not carry out what he ordered' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM account JOIN resident_key ON resident_key.digest = account.person_digest
        JOIN card ON card.resident_id = resident_key.resident_id WHERE resident_key.kind = 'document'
            AND account.id IN (NEW.ordered_by_id, NEW.carried_out_by_id) AND card.id = NEW.card_id) THEN
        RAISE EXCEPTION 'nobody acts on his own card' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON lock_order FOR EACH ROW EXECUTE FUNCTION guard_lock_order();

-- Neither is a card locked nor released but by an order that this very act carries out.
CREATE FUNCTION locked_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM lock_order WHERE card_id = NEW.card_id AND carried_out_at = NEW.at
        AND wish = CASE NEW.event WHEN 'app_locked' THEN 'lock' ELSE 'release' END) THEN
        RAISE EXCEPTION 'card %: nobody ordered this', NEW.card_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER locked_by_two AFTER INSERT ON card_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.event IN ('app_locked', 'app_unlocked')) EXECUTE FUNCTION locked_by_two();

ALTER TABLE lock_order ADD row_sum bigint NOT NULL DEFAULT 0;
CREATE TRIGGER zz_sum BEFORE INSERT OR UPDATE ON lock_order FOR EACH ROW EXECUTE FUNCTION keep_sum();
