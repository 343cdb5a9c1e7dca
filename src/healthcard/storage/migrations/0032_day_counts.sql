-- Counts of the boards are seen by whoever sees what they count.
ALTER TABLE day_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON day_count USING (starts_with(path, nullif(current_setting('healthcard.scope', true), '')));

-- Whoever moves takes the past of his cards along: what was counted of both homes is counted anew.
CREATE OR REPLACE FUNCTION keep_home_path() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    NEW.home_path := (SELECT path FROM organisation WHERE id = NEW.home_id);
    IF TG_OP = 'UPDATE' AND NEW.home_path <> OLD.home_path THEN
        UPDATE card SET home_path = NEW.home_path WHERE resident_id = NEW.id;
        UPDATE application SET home_path = NEW.home_path WHERE resident_id = NEW.id;
        INSERT INTO home_change (path) VALUES (OLD.home_path), (NEW.home_path);
    END IF;
    RETURN NEW;
END $$;

-- The fence is asked row by row: hashed, as the planner likes it, it reads every card there is for a page of fifty lines.
-- OFFSET 0 keeps it from that.
ALTER POLICY scope ON card_event USING (EXISTS (SELECT FROM card WHERE card.id = card_id OFFSET 0));
ALTER POLICY scope ON verification USING (EXISTS (SELECT FROM card WHERE card.id = card_id OFFSET 0));
ALTER POLICY scope ON message USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id OFFSET 0));
ALTER POLICY scope ON person_request USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id OFFSET 0));
