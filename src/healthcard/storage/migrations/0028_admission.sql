-- Admissions and filings (第五条至第七条、第十条), kept by the database itself: what the table of procedure forbids it forbids too.

-- Whether two logins are two people; the console is one.
CREATE FUNCTION two_people(one bigint, other bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT one IS DISTINCT FROM other AND NOT EXISTS (SELECT FROM account JOIN account twin
        ON twin.person_digest = account.person_digest WHERE account.id = one AND twin.id = other) $$;

-- Whether the certificate of a dossier counts on a day.
CREATE FUNCTION in_force(dossier bigint, day date) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM validity WHERE dossier_id = dossier AND first_day <= day AND last_day >= day
        AND (cut_on IS NULL OR day < cut_on)) $$;

-- Whether a dossier is on the short list (备选目录) of a day: its certificate counts, and its producer's admission does.
CREATE FUNCTION on_short_list(subject bigint, day date) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT in_force(subject, day) AND EXISTS (SELECT FROM dossier JOIN dossier admission USING (producer_id, field)
        WHERE dossier.id = subject AND field <> 'laboratory' AND admission.kind = 'admission' AND in_force(admission.id, day)) $$;

-- What hangs on a dossier: on an admission its producer's filings in its field, on a filing what rests on it.
CREATE FUNCTION touched(subject bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    WITH RECURSIVE hanging(id) AS (
        SELECT subject
        UNION
        SELECT below.id FROM hanging JOIN dossier above ON above.id = hanging.id JOIN dossier below
            ON below.basis_id = above.id OR above.kind = 'admission' AND below.kind = 'filing'
                AND (below.producer_id, below.field) = (above.producer_id, above.field))
    SELECT id FROM hanging $$;

-- A dossier begins with nothing; its facts come from its events.
CREATE FUNCTION guard_dossier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.step, NEW.standing, NEW.purpose, NEW.number, NEW.version) IS DISTINCT FROM ('', 'none', '', '', 0) THEN
        RAISE EXCEPTION 'a dossier begins with its application' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON dossier FOR EACH ROW EXECUTE FUNCTION guard_dossier();

CREATE FUNCTION begun() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM dossier_event WHERE dossier_id = NEW.id AND version = 1 AND act = 'apply') THEN
        RAISE EXCEPTION 'a dossier begins with its application' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER begun AFTER INSERT ON dossier DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION begun();

-- An event: its rule is looked up, its person compared with those of the steps before, the dossier becomes what it says.
CREATE FUNCTION proceed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    subject dossier%ROWTYPE; told jsonb; before bigint; today date := (transaction_timestamp() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    NEW.at := transaction_timestamp();
    SELECT * INTO subject FROM dossier WHERE id = NEW.dossier_id FOR UPDATE;
    SELECT rule INTO told FROM admission_rule WHERE act = NEW.act;
    IF told IS NULL THEN
        RAISE EXCEPTION 'there is no act %', NEW.act USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.version <> subject.version + 1 THEN
        RAISE EXCEPTION 'dossier %: event % is not the next one', subject.id, NEW.version USING ERRCODE = 'serialization_failure';
    END IF;
    IF NOT (told -> 'step' ? subject.step AND told -> 'standing' ? subject.standing) THEN
        RAISE EXCEPTION 'dossier %: % does not follow % and %', subject.id, NEW.act, subject.step, subject.standing
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT account_id INTO before FROM dossier_event
        WHERE dossier_id = subject.id AND told -> 'another' ? act ORDER BY version DESC LIMIT 1;
    IF FOUND AND NOT two_people(before, NEW.account_id) THEN
        RAISE EXCEPTION 'dossier %: another person does %', subject.id, NEW.act USING ERRCODE = 'restrict_violation';
    END IF;
    IF (told ->> 'ordered')::boolean AND NOT EXISTS (SELECT FROM supply_order
            WHERE dossier_id = subject.id AND act = NEW.act AND confirmed_at = NEW.at) THEN
        RAISE EXCEPTION 'dossier %: nobody ordered to %', subject.id, NEW.act USING ERRCODE = 'restrict_violation';
    END IF;
    IF (told ->> 'text')::boolean AND NEW.text = '' THEN
        RAISE EXCEPTION 'dossier %: % wants words', subject.id, NEW.act USING ERRCODE = 'restrict_violation';
    END IF;
    IF (told ->> 'content')::boolean IS NOT TRUE AND NEW.changes ?| ARRAY['name', 'documents', 'report'] THEN
        RAISE EXCEPTION 'dossier %: % changes no content', subject.id, NEW.act USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE dossier SET
        version = NEW.version,
        step = coalesce(told -> 'sets' ->> 'step', step),
        standing = coalesce(told -> 'sets' ->> 'standing', standing),
        purpose = coalesce(told -> 'sets' ->> 'purpose', purpose),
        number = coalesce(NEW.changes ->> 'number', number),
        name = coalesce(NEW.changes ->> 'name', name),
        documents = coalesce(NEW.changes -> 'documents', documents),
        laboratory_id = coalesce((NEW.changes ->> 'laboratory')::bigint, laboratory_id),
        report = coalesce(NEW.changes ->> 'report', report),
        report_on = coalesce((NEW.changes ->> 'report_on')::date, report_on)
        WHERE id = subject.id RETURNING * INTO subject;
    IF (told ->> 'certificate')::boolean THEN
        PERFORM certify(subject, NEW.version, NEW.changes);
    ELSIF NEW.act = 'resume' THEN
        INSERT INTO validity (dossier_id, version, number, first_day, last_day)
            SELECT dossier_id, NEW.version, number, today, last_day FROM validity
            WHERE dossier_id = subject.id AND last_day >= today ORDER BY version DESC LIMIT 1;
    ELSIF subject.standing IN ('suspended', 'withdrawn') THEN
        UPDATE validity SET cut_on = greatest(today, first_day)
            WHERE dossier_id = subject.id AND last_day >= today AND cut_on IS NULL;
    END IF;
    RETURN NEW;
END $$;

-- A certificate: what it rests on counts on its day, and the one before gives way to it.
CREATE FUNCTION certify(subject dossier, version integer, changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    begins date := (changes ->> 'first_day')::date; today date := (transaction_timestamp() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF subject.kind = 'filing' AND NOT EXISTS (SELECT FROM dossier admission WHERE admission.kind = 'admission'
            AND admission.producer_id = subject.producer_id AND admission.field = subject.field AND in_force(admission.id, today)) THEN
        RAISE EXCEPTION 'dossier %: its producer is not admitted', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF subject.kind = 'filing' AND subject.field = 'cos' AND NOT (coalesce(in_force(subject.basis_id, today), false)
            AND coalesce(in_force(subject.laboratory_id, subject.report_on), false)) THEN
        RAISE EXCEPTION 'dossier %: no filed chip, or no report of a designated laboratory', subject.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE validity SET cut_on = begins WHERE dossier_id = subject.id AND last_day >= begins AND cut_on IS NULL;
    INSERT INTO validity (dossier_id, version, number, first_day, last_day)
        VALUES (subject.id, version, changes ->> 'number', begins, (changes ->> 'last_day')::date);
END $$;

CREATE TRIGGER proceed BEFORE INSERT ON dossier_event FOR EACH ROW EXECUTE FUNCTION proceed();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON dossier_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON dossier_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audited();

-- A measure: ordered by one person, confirmed by another in the words and numbers it was ordered with, or taken back.
CREATE FUNCTION guard_supply_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.confirmed_by_id, NEW.confirmed_at, NEW.retracted_by_id, NEW.retracted_at) > 0 THEN
            RAISE EXCEPTION 'a measure is ordered by one person and confirmed by another' USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.ordered_at := transaction_timestamp();
        RETURN NEW;
    END IF;
    IF OLD.confirmed_at IS NOT NULL OR OLD.retracted_at IS NOT NULL
        OR (NEW.act, NEW.dossier_id, NEW.organisation_id, NEW.lifts_id, NEW.reason, NEW.content, NEW.digest, NEW.ordered_by_id,
            NEW.ordered_at) IS DISTINCT FROM (OLD.act, OLD.dossier_id, OLD.organisation_id, OLD.lifts_id, OLD.reason,
            OLD.content, OLD.digest, OLD.ordered_by_id, OLD.ordered_at) THEN
        RAISE EXCEPTION 'a measure is written and decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.confirmed_at IS NOT NULL THEN
        NEW.confirmed_at := transaction_timestamp();
        IF NOT two_people(NEW.ordered_by_id, NEW.confirmed_by_id) THEN
            RAISE EXCEPTION 'one person does not confirm what he ordered' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON supply_order FOR EACH ROW EXECUTE FUNCTION guard_supply_order();

-- A selection: filed by another person than selected it, once; it ends once.
CREATE FUNCTION guard_selection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ((NEW.organisation_id, NEW.dossier_id, NEW.document, NEW.valid_from, NEW.selected_by_id)
            IS DISTINCT FROM (OLD.organisation_id, OLD.dossier_id, OLD.document, OLD.valid_from, OLD.selected_by_id)
            OR OLD.filed_on IS NOT NULL AND (NEW.filed_on, NEW.filed_by_id) IS DISTINCT FROM (OLD.filed_on, OLD.filed_by_id)
            OR OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to) THEN
        RAISE EXCEPTION 'a selection is filed once and ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.filed_on IS NOT NULL AND NOT two_people(NEW.selected_by_id, NEW.filed_by_id) THEN
        RAISE EXCEPTION 'one person does not file what he selected' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM organisation WHERE id = NEW.organisation_id AND kind = 'province') THEN
        RAISE EXCEPTION 'provinces select' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON selection FOR EACH ROW EXECUTE FUNCTION guard_selection();

-- What was delivered stays; two people accept it, one after the other. A sample card is approved by another than made it.
CREATE FUNCTION guard_script() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ((NEW.organisation_id, NEW.dossier_id, NEW.kind, NEW.version, NEW.content, NEW.digest,
            NEW.signature, NEW.document) IS DISTINCT FROM (OLD.organisation_id, OLD.dossier_id, OLD.kind, OLD.version,
            OLD.content, OLD.digest, OLD.signature, OLD.document)
            OR OLD.accepted_at IS NOT NULL AND (NEW.rehearsal, NEW.sample_id, NEW.accepted_by_id)
            IS DISTINCT FROM (OLD.rehearsal, OLD.sample_id, OLD.accepted_by_id)
            OR OLD.second_at IS NOT NULL AND NEW.second_by_id IS DISTINCT FROM OLD.second_by_id
            OR OLD.ended_at IS NOT NULL) THEN
        RAISE EXCEPTION 'what was delivered and accepted does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.second_at IS NOT NULL AND NOT two_people(NEW.accepted_by_id, NEW.second_by_id) THEN
        RAISE EXCEPTION 'two people accept a script' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON cos_script FOR EACH ROW EXECUTE FUNCTION guard_script();

CREATE FUNCTION guard_sample() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.approved_at IS NOT NULL OR (NEW.organisation_id, NEW.maker_id, NEW.dossier_id, NEW.chip8,
            NEW.script, NEW.evidence, NEW.document, NEW.made_by_id) IS DISTINCT FROM (OLD.organisation_id, OLD.maker_id,
            OLD.dossier_id, OLD.chip8, OLD.script, OLD.evidence, OLD.document, OLD.made_by_id)) THEN
        RAISE EXCEPTION 'a sample card is approved once and does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.approved_at IS NOT NULL AND NOT two_people(NEW.made_by_id, NEW.approved_by_id) THEN
        RAISE EXCEPTION 'one person does not approve what he made' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON sample_card FOR EACH ROW EXECUTE FUNCTION guard_sample();

-- Issuer numbers are given out once and never again, whatever becomes of the province (第六条第二项).
INSERT INTO issuer_number (code, organisation_id) SELECT issuer_code, id FROM organisation WHERE issuer_code IS NOT NULL;
CREATE FUNCTION allocate_issuer_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.issuer_code IS NOT NULL AND NEW.issuer_code IS DISTINCT FROM OLD.issuer_code THEN
        RAISE EXCEPTION 'an issuer number is given out once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.issuer_code IS NOT NULL THEN
        INSERT INTO issuer_number (code, organisation_id) VALUES (NEW.issuer_code, NEW.id)
            ON CONFLICT (code) DO NOTHING;
        IF NOT EXISTS (SELECT FROM issuer_number WHERE code = NEW.issuer_code AND organisation_id = NEW.id) THEN
            RAISE EXCEPTION 'this issuer number was another province''s' USING ERRCODE = 'unique_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER issuer_number AFTER INSERT OR UPDATE OF issuer_code ON organisation
    FOR EACH ROW EXECUTE FUNCTION allocate_issuer_number();
-- A card's issuer calls itself by the number it was given.
CREATE FUNCTION guard_identity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM issuer_number WHERE code = NEW.code AND organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'this issuer number was not given to this province' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON issuer_identity FOR EACH ROW EXECUTE FUNCTION guard_identity();

DO $$
DECLARE kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['producer', 'dossier', 'validity', 'selection', 'supply_order', 'cos_script', 'sample_card',
        'issuer_number'] LOOP
        EXECUTE format('CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['dossier', 'dossier_event', 'validity', 'selection', 'supply_order', 'cos_script', 'sample_card',
        'issuer_number'] LOOP
        EXECUTE format('ALTER TABLE %I ADD row_sum bigint NOT NULL DEFAULT 0', kept);
        EXECUTE format('CREATE TRIGGER zz_sum BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_sum()', kept);
    END LOOP;
END $$;
SELECT renew_sums(ARRAY['issuer_number']);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON chip_use
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who sees which: an application is the registration centre's, a certificate everybody's; what a province decided is seen
-- there, above and below, and by no other province.
CREATE FUNCTION in_line(path text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT starts_with(path, nullif(current_setting('healthcard.scope', true), ''))
        OR starts_with(nullif(current_setting('healthcard.scope', true), ''), path) $$;
ALTER TABLE dossier ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossier_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE validity ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection ENABLE ROW LEVEL SECURITY;
ALTER TABLE supply_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE cos_script ENABLE ROW LEVEL SECURITY;
ALTER TABLE sample_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE chip_use ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON dossier USING (standing <> 'none' AND nullif(current_setting('healthcard.scope', true), '') IS NOT NULL
    OR starts_with(path, nullif(current_setting('healthcard.scope', true), '')));
CREATE POLICY scope ON dossier_event USING (EXISTS (SELECT FROM dossier WHERE dossier.id = dossier_id
    AND starts_with(dossier.path, nullif(current_setting('healthcard.scope', true), ''))));
CREATE POLICY scope ON validity USING (EXISTS (SELECT FROM dossier WHERE dossier.id = dossier_id));
CREATE POLICY scope ON selection USING (in_line((SELECT path FROM organisation WHERE id = organisation_id)));
CREATE POLICY scope ON supply_order USING (in_line((SELECT path FROM organisation WHERE id = organisation_id)));
CREATE POLICY scope ON cos_script USING (in_line((SELECT path FROM organisation WHERE id = organisation_id)));
CREATE POLICY scope ON sample_card USING (in_line((SELECT path FROM organisation WHERE id = organisation_id)));
CREATE POLICY scope ON chip_use USING (in_line((SELECT path FROM organisation WHERE id = organisation_id)));
