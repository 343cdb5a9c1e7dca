-- The life of a card, kept by the database itself: what the rules forbid it forbids too, whoever asks.

-- Organisations know their way up: /ministry/province/.../self/ by id.
CREATE FUNCTION keep_path() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.path := coalesce((SELECT path FROM organisation WHERE id = NEW.parent_id), '/') || NEW.id || '/';
    IF TG_OP = 'UPDATE' AND NEW.path <> OLD.path AND EXISTS (SELECT FROM organisation WHERE parent_id = NEW.id) THEN
        RAISE EXCEPTION 'an organisation with others below it does not move: merge it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER path BEFORE INSERT OR UPDATE OF parent_id, path ON organisation
    FOR EACH ROW EXECUTE FUNCTION keep_path();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON organisation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

WITH RECURSIVE tree(id, path) AS (
    SELECT id, '/' || id || '/' FROM organisation WHERE parent_id IS NULL
    UNION ALL SELECT child.id, tree.path || child.id || '/' FROM organisation child JOIN tree ON child.parent_id = tree.id)
UPDATE organisation SET path = tree.path FROM tree WHERE tree.id = organisation.id;

-- Who may be seen: rows carry the path of the home of their person, and of the desk that accepted them.
CREATE FUNCTION keep_home_path() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    NEW.home_path := (SELECT path FROM organisation WHERE id = NEW.home_id);
    IF TG_OP = 'UPDATE' AND NEW.home_path <> OLD.home_path THEN
        UPDATE card SET home_path = NEW.home_path WHERE resident_id = NEW.id;
        UPDATE application SET home_path = NEW.home_path WHERE resident_id = NEW.id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER home_path BEFORE INSERT OR UPDATE OF home_id, home_path ON resident
    FOR EACH ROW EXECUTE FUNCTION keep_home_path();

CREATE FUNCTION keep_card_path() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    NEW.home_path := (SELECT home_path FROM resident WHERE id = NEW.resident_id);
    RETURN NEW;
END $$;
CREATE TRIGGER home_path BEFORE INSERT ON card FOR EACH ROW EXECUTE FUNCTION keep_card_path();

UPDATE resident SET home_path = home_path;
UPDATE card SET home_path = (SELECT home_path FROM resident WHERE id = resident_id), place = 'maker';

-- A card begins planned, with nothing known. Afterwards its facts change by its events alone.
CREATE FUNCTION guard_new_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.life, NEW.loss, NEW.pin_locked, NEW.app_lock, NEW.suspended, NEW.place, NEW.chip_end, NEW.end_reason, NEW.version)
        IS DISTINCT FROM ('planned', 'none', false, 'none', false, 'none', 'none', '', 0)
        OR num_nonnulls(NEW.loss_until, NEW.place_org_id, NEW.made_at) > 0 THEN
        RAISE EXCEPTION 'a card begins planned; its state comes from its events' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_new BEFORE INSERT ON card FOR EACH ROW EXECUTE FUNCTION guard_new_card();

CREATE OR REPLACE FUNCTION guard_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.issuer_id, NEW.issuer_code, NEW.issue_serial, NEW.resident_id, NEW.kind, NEW.created_at, NEW.application_id)
        IS DISTINCT FROM
        (OLD.issuer_id, OLD.issuer_code, OLD.issue_serial, OLD.resident_id, OLD.kind, OLD.created_at, OLD.application_id) THEN
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
    -- What the chip's keys and files were derived from: settling compares the chip with it (I-25). The validity alone
    -- can be rewritten on the chip, by an event.
    IF OLD.chip8 IS NOT NULL AND NEW.chip8 IS NOT NULL
        AND ((NEW.city, NEW.key_version, NEW.issued_on, NEW.application_plan, NEW.layout)
        IS DISTINCT FROM
        (OLD.city, OLD.key_version, OLD.issued_on, OLD.application_plan, OLD.layout)
        OR NEW.valid_until <> OLD.valid_until AND NEW.version = OLD.version) THEN
        RAISE EXCEPTION 'what is on the chip of a card never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.life IN ('ended', 'scrapped') AND NEW.life <> OLD.life THEN
        RAISE EXCEPTION 'a card that ended stays ended' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.life, NEW.loss, NEW.loss_until, NEW.pin_locked, NEW.app_lock, NEW.suspended, NEW.place, NEW.place_org_id,
        NEW.chip_end, NEW.end_reason) IS DISTINCT FROM
        (OLD.life, OLD.loss, OLD.loss_until, OLD.pin_locked, OLD.app_lock, OLD.suspended, OLD.place, OLD.place_org_id,
        OLD.chip_end, OLD.end_reason) AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'the state of a card changes by its events alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- An event: its person is locked first, then its card; the rule is looked up, the versions go up by one, the facts
-- become what it says. The application role may insert events and change no fact otherwise; when it happened is told
-- by the database alone.
CREATE FUNCTION happen() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    holder bigint; subject card%ROWTYPE; rule lifecycle_rule%ROWTYPE; fact text; allowed jsonb; before jsonb;
    told text; is_now text;
BEGIN
    NEW.at := transaction_timestamp();
    SELECT resident_id INTO holder FROM card WHERE id = NEW.card_id;
    INSERT INTO person_version (resident_id, version) VALUES (holder, 1)
        ON CONFLICT (resident_id) DO UPDATE SET version = person_version.version + 1
        RETURNING version INTO NEW.person_version;
    SELECT * INTO subject FROM card WHERE id = NEW.card_id FOR UPDATE;
    SELECT * INTO rule FROM lifecycle_rule WHERE event = NEW.event AND NOT starts_with(event, 'application.');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no event %', NEW.event USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.version <> subject.version + 1 THEN
        RAISE EXCEPTION 'card %: event % is not the next one', NEW.card_id, NEW.version USING ERRCODE = 'serialization_failure';
    END IF;
    before := to_jsonb(subject);
    FOR fact, allowed IN SELECT * FROM jsonb_each(rule.requires) LOOP
        IF NOT allowed @> jsonb_build_array(before -> fact) THEN
            RAISE EXCEPTION 'card %: event % does not follow % = %', NEW.card_id, NEW.event, fact, before ->> fact
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    FOR fact, allowed IN SELECT * FROM jsonb_each(rule.sets) LOOP
        IF NOT NEW.changes ? fact OR NOT allowed @> jsonb_build_array(NEW.changes -> fact) THEN
            RAISE EXCEPTION 'card %: event % has to set %', NEW.card_id, NEW.event, fact USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    FOR fact IN SELECT * FROM jsonb_object_keys(NEW.changes) LOOP
        IF NOT rule.sets ? fact AND NOT rule.carries ? fact THEN
            RAISE EXCEPTION 'card %: event % does not set %', NEW.card_id, NEW.event, fact USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    PERFORM guard_event(subject, NEW.event, NEW.changes);
    UPDATE card SET
        version = NEW.version,
        life = coalesce(NEW.changes ->> 'life', life),
        loss = coalesce(NEW.changes ->> 'loss', loss),
        loss_until = CASE WHEN NEW.changes ? 'loss_until' THEN (NEW.changes ->> 'loss_until')::timestamptz ELSE loss_until END,
        pin_locked = coalesce((NEW.changes ->> 'pin_locked')::boolean, pin_locked),
        app_lock = coalesce(NEW.changes ->> 'app_lock', app_lock),
        suspended = coalesce((NEW.changes ->> 'suspended')::boolean, suspended),
        place = coalesce(NEW.changes ->> 'place', place),
        place_org_id = CASE WHEN NEW.changes ? 'place_org' THEN (NEW.changes ->> 'place_org')::bigint ELSE place_org_id END,
        chip_end = coalesce(NEW.changes ->> 'chip_end', chip_end),
        end_reason = coalesce(NEW.changes ->> 'end_reason', end_reason),
        valid_until = coalesce((NEW.changes ->> 'valid_until')::date, valid_until),
        made_at = CASE WHEN NEW.event = 'made' THEN transaction_timestamp() ELSE made_at END
        WHERE id = NEW.card_id RETURNING * INTO subject;
    -- Never two usable cards of one person (I-02).
    IF may_become_usable(subject) AND EXISTS (SELECT FROM card other WHERE other.resident_id = holder
        AND other.id <> subject.id AND may_become_usable(other)) THEN
        RAISE EXCEPTION 'this person would have two usable cards' USING ERRCODE = 'restrict_violation';
    END IF;
    -- Hospitals are told when the answer changes: since the last time they were told, for time changes it too.
    is_now := unusable_because(subject, transaction_timestamp());
    told := (SELECT reason FROM card_change WHERE card_id = subject.id ORDER BY id DESC LIMIT 1);
    IF is_now <> coalesce(told, 'not_issued') THEN
        INSERT INTO card_change (card_id, version, usable, reason, xid)
            VALUES (subject.id, NEW.version, is_now = 'usable', is_now, pg_current_xact_id()::text::bigint);
    END IF;
    RETURN NEW;
END $$;

-- What an event wants beyond the facts of its card, as far as the database can tell.
CREATE FUNCTION guard_event(subject card, event text, changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF event IN ('suspended', 'resumed', 'replaced') AND subject.kind <> 'formal'
        OR event = 'temporary_ended' AND subject.kind <> 'temporary' THEN
        RAISE EXCEPTION 'card %: event % is not for % cards', subject.id, event, subject.kind
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF event = 'oral_loss' AND (changes ->> 'loss_until')::timestamptz <= transaction_timestamp() THEN
        RAISE EXCEPTION 'card %: an oral report ends after it begins', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF event = 'oral_lapsed' AND transaction_timestamp() < subject.loss_until THEN
        RAISE EXCEPTION 'card %: the oral report has not lapsed yet', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF changes ? 'valid_until' AND subject.kind = 'temporary' THEN
        RAISE EXCEPTION 'card %: a temporary card is not prolonged', subject.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF event = 'handed_over' THEN
        PERFORM guard_hand_over(subject);
    END IF;
END $$;

-- A temporary card begins only while the application it is for is open; the new card is handed over only when the
-- temporary one has ended (I-03).
CREATE FUNCTION guard_hand_over(subject card) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF subject.kind = 'temporary' AND NOT EXISTS (
        SELECT FROM application mine JOIN application main ON main.id = mine.parent_id
        WHERE mine.id = subject.application_id AND main.state IN ('accepted', 'approved', 'making', 'arrived')) THEN
        RAISE EXCEPTION 'no application for a new card is open' USING ERRCODE = 'restrict_violation';
    END IF;
    IF subject.kind = 'formal' AND EXISTS (SELECT FROM card other
        WHERE other.resident_id = subject.resident_id AND other.kind = 'temporary' AND other.life = 'issued') THEN
        RAISE EXCEPTION 'the temporary card is still out' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- Whether a card is usable, or becomes so by time alone: an oral report lapses without an event.
CREATE FUNCTION may_become_usable(subject card) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT subject.life = 'issued' AND subject.loss <> 'written' AND subject.app_lock = 'none' AND NOT subject.suspended
        AND (transaction_timestamp() AT TIME ZONE 'Asia/Shanghai')::date <= subject.valid_until $$;

-- Why a card may not be used, 'usable' if it may; the same as `domain.lifecycle.usable` (a test compares them).
CREATE FUNCTION unusable_because(subject card, moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN subject.life IN ('planned', 'made') THEN 'not_issued'
        WHEN subject.life <> 'issued' THEN 'ended'
        WHEN subject.loss = 'written' OR subject.loss = 'oral' AND moment < coalesce(subject.loss_until, 'infinity')
            THEN 'lost'
        WHEN subject.app_lock <> 'none' THEN 'locked'
        WHEN subject.suspended THEN 'suspended'
        WHEN (moment AT TIME ZONE 'Asia/Shanghai')::date > subject.valid_until THEN 'expired'
        ELSE 'usable' END $$;

-- Cards there were before events: what is known of them becomes their first ones, under the operation of nobody.
INSERT INTO card_event (card_id, version, person_version, event, changes, operation, organisation_id, at)
    SELECT card.id, step, 0, name, changes::jsonb, '00000000-0000-0000-0000-000000000000', resident.home_id, card.created_at
    FROM card JOIN resident ON resident.id = resident_id CROSS JOIN (VALUES
        (1, 'ordered', '{"place": "maker"}'), (2, 'made', '{"life": "made"}'), (2, 'scrapped', '{"life": "scrapped"}')
    ) AS first (step, name, changes)
    WHERE step = 1 OR life = name;
UPDATE card SET version = CASE life WHEN 'planned' THEN 1 ELSE 2 END;
INSERT INTO person_version (resident_id, version) SELECT resident_id, sum(version) FROM card GROUP BY resident_id;

CREATE TRIGGER happen BEFORE INSERT ON card_event FOR EACH ROW EXECUTE FUNCTION happen();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON card_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_entry ALTER at SET DEFAULT transaction_timestamp();

-- No act on a card without its entry in the audit (I-32), at the latest when the transaction ends. An entry of another
-- transaction has another time.
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit_entry WHERE operation = NEW.operation AND at = NEW.at) THEN
        RAISE EXCEPTION 'an act without its audit entry' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON card_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audited();

-- Nobody acts on his own card (I-38).
CREATE FUNCTION not_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE holder bigint; actor bigint;
BEGIN
    IF TG_TABLE_NAME = 'card_event' THEN
        holder := (SELECT resident_id FROM card WHERE id = (to_jsonb(NEW) ->> 'card_id')::bigint);
        actor := (to_jsonb(NEW) ->> 'account_id')::bigint;
    ELSE
        holder := (to_jsonb(NEW) ->> 'resident_id')::bigint;
        actor := (to_jsonb(NEW) ->> CASE WHEN TG_OP = 'INSERT' THEN 'accepted_by_id' ELSE 'reviewed_by_id' END)::bigint;
    END IF;
    IF EXISTS (SELECT FROM account JOIN resident ON resident.identity_digest = account.person_digest
               WHERE account.id = actor AND resident.id = holder) THEN
        RAISE EXCEPTION 'nobody acts on his own card' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_own BEFORE INSERT ON card_event FOR EACH ROW EXECUTE FUNCTION not_own();
CREATE TRIGGER not_own BEFORE INSERT OR UPDATE OF reviewed_by_id ON application FOR EACH ROW EXECUTE FUNCTION not_own();

-- Applications: what was asked stays; states go the table's ways; the reviewer is another person than the acceptor.
CREATE FUNCTION guard_application() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.home_path := (SELECT home_path FROM resident WHERE id = NEW.resident_id);
        NEW.desk_path := (SELECT path FROM organisation WHERE id = NEW.desk_id);
        IF NEW.state <> 'accepted' THEN
            RAISE EXCEPTION 'an application begins accepted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.number, NEW.kind, NEW.resident_id, NEW.parent_id, NEW.desk_id, NEW.accepted_by_id, NEW.accepted_at,
        NEW.parameters_id) IS DISTINCT FROM (OLD.number, OLD.kind, OLD.resident_id, OLD.parent_id, OLD.desk_id,
        OLD.accepted_by_id, OLD.accepted_at, OLD.parameters_id) THEN
        RAISE EXCEPTION 'what was accepted does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (SELECT FROM lifecycle_rule
        WHERE event = 'application.' || OLD.state AND sets -> 'state' @> to_jsonb(NEW.state)) THEN
        RAISE EXCEPTION 'an application does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.reviewed_by_id IS NOT NULL AND (NEW.reviewed_by_id, NEW.opinion, NEW.content_digest)
        IS DISTINCT FROM (OLD.reviewed_by_id, OLD.opinion, OLD.content_digest) THEN
        RAISE EXCEPTION 'a review does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.reviewed_by_id IS NOT NULL AND OLD.reviewed_by_id IS NULL AND EXISTS (
        SELECT FROM account maker JOIN account checker ON checker.person_digest = maker.person_digest
        WHERE maker.id = NEW.accepted_by_id AND checker.id = NEW.reviewed_by_id) THEN
        RAISE EXCEPTION 'one person does not review what he accepted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'completed' AND NEW.kind IN ('first_issue', 'replacement') AND EXISTS (
        SELECT FROM card JOIN application mine ON mine.id = card.application_id
        WHERE mine.parent_id = NEW.id AND card.kind = 'temporary' AND card.life = 'issued') THEN
        RAISE EXCEPTION 'the temporary card is still out' USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON application FOR EACH ROW EXECUTE FUNCTION guard_application();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON application FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Roles that exclude each other, over all logins of one person (I-38).
CREATE FUNCTION guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_digest IS NOT NULL AND NEW.is_active AND NEW.role IN ('clerk', 'reviewer', 'supervisor', 'maker', 'custodian', 'auditor', 'admin')
        AND EXISTS (SELECT FROM account other WHERE other.person_digest = NEW.person_digest AND other.id <> NEW.id
            AND other.is_active AND other.role <> NEW.role
            AND (NEW.role IN ('custodian', 'auditor') OR other.role IN ('custodian', 'auditor'))) THEN
        RAISE EXCEPTION 'the roles of one person exclude each other' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OF role, person_digest, is_active ON account
    FOR EACH ROW EXECUTE FUNCTION guard_account();

-- A card is made exactly when one of its jobs finished, whatever happened to it afterwards.
CREATE OR REPLACE FUNCTION card_agrees_with_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE subject card%ROWTYPE; finished boolean;
BEGIN
    SELECT * INTO subject FROM card
        WHERE id = (CASE TG_TABLE_NAME WHEN 'card' THEN (to_jsonb(NEW) ->> 'id') ELSE (to_jsonb(NEW) ->> 'card_id') END)::bigint;
    finished := EXISTS (SELECT FROM perso_job WHERE card_id = subject.id AND state = 'finished');
    IF subject.life IN ('made', 'issued') AND NOT finished OR subject.life = 'planned' AND finished THEN
        RAISE EXCEPTION 'card % is %, its job says otherwise', subject.id, subject.life USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- Rows that are written once, and rows that never go.
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON card_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON idempotent_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON verification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON access
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON resident_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON upkeep_intent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON upkeep_outcome
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON resident FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON upkeep_job FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The heads of the audit's chains: forward only, to an entry that is there.
CREATE FUNCTION guard_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1 THEN
        RAISE EXCEPTION 'a chain grows by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION guard_chain();
INSERT INTO audit_chain (chain, seq, hash) SELECT number, 0, decode(repeat('00', 32), 'hex') FROM generate_series(0, 8) number;

-- Second fence around every organisation: rows outside the actor's part of the tree are not there.
-- An unset scope sees nothing.
ALTER TABLE resident ENABLE ROW LEVEL SECURITY;
ALTER TABLE card ENABLE ROW LEVEL SECURITY;
ALTER TABLE application ENABLE ROW LEVEL SECURITY;
ALTER TABLE card_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE message ENABLE ROW LEVEL SECURITY;
ALTER TABLE access ENABLE ROW LEVEL SECURITY;
ALTER TABLE resident_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON resident USING (starts_with(home_path, nullif(current_setting('healthcard.scope', true), '')));
CREATE POLICY scope ON card USING (starts_with(home_path, nullif(current_setting('healthcard.scope', true), '')));
CREATE POLICY scope ON application USING (
    starts_with(home_path, nullif(current_setting('healthcard.scope', true), ''))
    OR starts_with(desk_path, nullif(current_setting('healthcard.scope', true), '')));
CREATE POLICY scope ON card_event USING (EXISTS (SELECT FROM card WHERE card.id = card_id));
CREATE POLICY scope ON message USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
CREATE POLICY scope ON access USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
CREATE POLICY scope ON resident_change USING (EXISTS (SELECT FROM resident WHERE resident.id = resident_id));
