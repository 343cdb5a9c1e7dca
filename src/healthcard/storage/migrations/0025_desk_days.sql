-- A closed day is never changed and never taken away; each begins where the one before it ended.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON day_close
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION follow_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.since IS DISTINCT FROM
        (SELECT until FROM day_close WHERE organisation_id = NEW.organisation_id ORDER BY day DESC LIMIT 1) THEN
        RAISE EXCEPTION 'a closed day begins where the one before it ended' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follows BEFORE INSERT ON day_close FOR EACH ROW EXECUTE FUNCTION follow_day();
