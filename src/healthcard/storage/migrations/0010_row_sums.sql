-- Every row of the state tables carries a sum over its columns, kept by the database. What no event tells (an opinion, a
-- fee, a digest of a chip's plan) cannot be derived again; that it changed past the guards is found all the same. It is
-- no protection against whoever computes it anew: for that the audit is there.
CREATE FUNCTION keep_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.row_sum := 0;
    NEW.row_sum := hash_record_extended(NEW, 0);
    RETURN NEW;
END $$;

-- For the owner: after a migration that adds a column to such a table.
CREATE FUNCTION renew_sums(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE summed text;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;  -- a table with checks still to come cannot be altered
    FOREACH summed IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', summed);
        EXECUTE format('UPDATE %I SET row_sum = 0', summed);
        EXECUTE format('UPDATE %I AS one SET row_sum = hash_record_extended(one, 0)', summed);
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', summed);
    END LOOP;
    SET CONSTRAINTS ALL DEFERRED;
END $$;
REVOKE ALL ON FUNCTION renew_sums(text[]) FROM PUBLIC;

DO $$
DECLARE summed text; tables text[] := ARRAY['card', 'card_event', 'person_version', 'card_change', 'application',
    'transfer', 'transfer_notice', 'registration', 'recovery', 'perso_job', 'upkeep_job', 'parameter_set',
    'authorisation', 'issue_serial'];
BEGIN
    FOREACH summed IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE %I ADD row_sum bigint NOT NULL DEFAULT 0', summed);
    END LOOP;
    PERFORM renew_sums(tables);
    FOREACH summed IN ARRAY tables LOOP  -- its name lets it come last of all
        EXECUTE format('CREATE TRIGGER zz_sum BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_sum()', summed);
    END LOOP;
END $$;
