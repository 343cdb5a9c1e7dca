-- A record of many people with cards in various states, copied in past every trigger but the one that keeps row sums.
-- Sizes come in a table `size`, lives in `life`, `step` and `outcome` of the schema `bench` (see __init__.py). The tree: a ministry, a province,
-- ten cities with ten desks each; the first desk's people are the oldest on file and nobody came there since.
-- Of a hundred people the last one has two cards. Everywhere somebody has each role; the clerk of a desk has its number.
CREATE UNLOGGED TABLE bench.person AS
SELECT n, CASE WHEN n <= people / 100 THEN 13 ELSE 14 + (n * 7919) % 99 END AS desk, n + n / 100 AS card, kind
FROM size CROSS JOIN generate_series(1, people) AS n JOIN life ON n % 100 BETWEEN lowest AND highest ORDER BY n;
ANALYZE bench.person;

-- The rest
INSERT INTO organisation (id, code, name, kind, parent_id, division, issuer_code, credit_code, path)
SELECT n, lpad(n::text, 6, '0'), '机构' || n,
    CASE WHEN n = 1 THEN 'ministry' WHEN n = 2 THEN 'province' WHEN n <= 12 THEN 'city' ELSE 'implementer' END,
    CASE WHEN n = 1 THEN NULL WHEN n = 2 THEN 1 WHEN n <= 12 THEN 2 ELSE 3 + (n - 13) / 10 END,
    '990000', CASE WHEN n = 2 THEN repeat('9', 22) END, '',
    CASE WHEN n = 1 THEN '/1/' WHEN n = 2 THEN '/1/2/' WHEN n <= 12 THEN '/1/2/' || n || '/'
        ELSE '/1/2/' || 3 + (n - 13) / 10 || '/' || n || '/' END
FROM generate_series(1, 112) AS n;

INSERT INTO account (id, password, username, full_name, organisation_id, role, is_active, person_digest,
    second_factor_step, failures, must_change)
SELECT (no - 1) * 1000 + id, '!', role || id, role || id, id, role, true, sha256((role || id)::bytea), 0, 0, false
FROM organisation CROSS JOIN unnest(ARRAY['clerk', 'reviewer', 'supervisor', 'maker', 'auditor']) WITH ORDINALITY
    AS given (role, no);

INSERT INTO issuer_identity (id, organisation_id, name, code, certificate, valid_from, valid_to)
SELECT 1, 2, '测试省', repeat('9', 22), decode(repeat('00', 180), 'hex'), beginning, beginning + interval '30 years' FROM size;
INSERT INTO authorisation (kind, grantor_id, grantee_id, document, valid_from, filed_on, entered_at)
SELECT 'issue', 1, 2, '测〔2025〕1号', beginning, beginning, beginning FROM size;

INSERT INTO resident (id, identity_digest, sealed, name_masked, document_kind, document_masked, birth_year, home_id,
    home_path, created_at, updated_at)
SELECT n, sha256(('person ' || n)::bytea), decode(repeat(md5(n::text), 30), 'hex'), '张*', '01', '990***********001X',
    1940 + n % 80, desk, path, beginning, beginning
FROM size CROSS JOIN person JOIN organisation ON organisation.id = desk;

-- Phone numbers are mostly a person's own, names are not.
INSERT INTO resident_key (resident_id, kind, digest, masked)
SELECT n, key.kind, sha256((key.kind || key.value)::bytea), ''
FROM person CROSS JOIN LATERAL (VALUES ('phone', n), ('name', n % 50021), ('name_birth', n % 950009)) AS key (kind, value);

INSERT INTO resident_key (resident_id, kind, digest, masked) SELECT id, 'document', identity_digest, '' FROM resident;

INSERT INTO person_version (resident_id, version) SELECT n, life.events FROM person JOIN life USING (kind);

INSERT INTO card (id, issuer_id, issuer_code, issue_serial, resident_id, kind, life, loss, pin_locked, app_lock,
    suspended, place, chip_end, end_reason, version, product, layout, application_plan, key_version, city, issued_on,
    valid_until, chip8, answer_to_reset, ended_because, created_at, made_at, place_org_id, application_id, home_path)
SELECT person.card + no - 1, 1, repeat('9', 22), lpad((person.card + no - 1)::text, 10, '0'), n, 'formal', facts.life,
    facts.loss, facts.pin_locked, facts.app_lock, facts.suspended, facts.place, facts.chip_end, facts.end_reason,
    facts.version, CASE WHEN made THEN 'jia' ELSE '' END, CASE WHEN made THEN 'full' ELSE '' END,
    CASE WHEN made THEN 'resident-full 1' ELSE '' END, 1, '990100', beginning, beginning + interval '10 years',
    CASE WHEN made THEN int8send(person.card + no - 1) END, CASE WHEN made THEN '\x3b6d00'::bytea END, '',
    moment(0, n), CASE WHEN made THEN moment(outcome.made_in, n) END,
    CASE WHEN placed THEN desk END, CASE WHEN handed THEN n + CASE no WHEN 2 THEN people ELSE 0 END END, path
FROM size CROSS JOIN person JOIN outcome USING (kind) JOIN organisation ON organisation.id = desk
    CROSS JOIN LATERAL (SELECT made_in IS NOT NULL AS made) AS whether
    CROSS JOIN LATERAL jsonb_to_record(outcome.facts) AS facts (life text, loss text, pin_locked boolean, app_lock text,
        suspended boolean, place text, chip_end text, end_reason text, version int)
ORDER BY person.card, no;

-- In the order in which they happened: one act of everybody, then the next.
INSERT INTO card_event (card_id, version, person_version, event, changes, operation, account_id, organisation_id, at,
    application_id)
SELECT person.card + no - 1, version, person_version, event, CASE
        WHEN changes ? 'place_org' THEN changes || jsonb_build_object('place_org', desk)
        WHEN event = 'oral_loss' THEN changes || jsonb_build_object('loss_until',
            moment(act, n) + (changes ->> 'loss_until')::int * interval '1 day')
        ELSE changes END, md5(n || '.' || act)::uuid, desk, desk, moment(act, n),
    CASE event WHEN 'unlocked' THEN 2 * people + n END
FROM size CROSS JOIN step JOIN person USING (kind) ORDER BY act, n;

INSERT INTO card_change (card_id, version, usable, reason, at, xid)
SELECT person.card + no - 1, version, told = 'usable', told, moment(act, n), act + 1
FROM step JOIN person USING (kind) WHERE told <> '' ORDER BY act, n;

INSERT INTO application (id, number, kind, state, resident_id, card_id, reason, sealed, presented, by, channel, desk_id,
    accepted_by_id, accepted_at, due_on, fee_fen, fee_waiver, receipt, verification, content_digest, reviewed_by_id,
    reviewed_at, opinion, outcome, closed_at, version, home_path, desk_path)
SELECT n + CASE no WHEN 2 THEN people ELSE 0 END, 'A' || lpad((n + CASE no WHEN 2 THEN people ELSE 0 END)::text, 9, '0'),
    CASE no WHEN 2 THEN 'replacement' ELSE 'first_issue' END, 'completed', n, CASE no WHEN 2 THEN person.card END,
    CASE no WHEN 2 THEN 'damaged' ELSE '' END, decode(repeat(md5(n::text), 10), 'hex'), '["identity"]', 'holder',
    'counter', desk, desk, moment(0, n), moment(2, n)::date + (n / 100 % 20)::int, 0, '', '', '', sha256(n::text::bytea), 1000 + desk,
    moment(1, n), '同意', '', moment(2, n) + interval '1 day', 3, path, path
FROM size CROSS JOIN person JOIN outcome USING (kind) JOIN organisation ON organisation.id = desk
WHERE handed ORDER BY no, n;
INSERT INTO application (id, number, kind, state, resident_id, card_id, reason, sealed, presented, by, channel, desk_id,
    accepted_by_id, accepted_at, due_on, fee_fen, fee_waiver, receipt, verification, content_digest, reviewed_by_id,
    reviewed_at, opinion, outcome, closed_at, version, home_path, desk_path)
SELECT 2 * people + n, 'A' || lpad((2 * people + n)::text, 9, '0'), 'unlock', 'completed', n, person.card, '',
    decode(repeat(md5(n::text), 10), 'hex'), '["identity", "card"]', 'holder', 'counter', desk, desk, moment(0, n),
    moment(2, n)::date + (n / 100 % 20)::int, 0, '', '', '', sha256(n::text::bytea), 1000 + desk, moment(1, n), '同意', '', moment(2, n),
    3, path, path
FROM size CROSS JOIN person JOIN organisation ON organisation.id = desk WHERE person.kind = 'locked' ORDER BY n;
-- What is open now: of a hundred people two wait for an update, some of them for too long.
INSERT INTO application (id, number, kind, state, resident_id, card_id, reason, sealed, presented, by, channel, desk_id,
    accepted_by_id, accepted_at, due_on, fee_fen, fee_waiver, receipt, verification, content_digest, reviewed_by_id,
    reviewed_at, opinion, outcome, version, home_path, desk_path)
SELECT 3 * people + n, 'A' || lpad((3 * people + n)::text, 9, '0'), 'update', CASE n % 2 WHEN 0 THEN 'accepted' ELSE
    'approved' END, n, person.card, '', decode(repeat(md5(n::text), 10), 'hex'), '["identity", "card"]', 'holder',
    'counter', desk, desk, now() - interval '20 days', now()::date + (n / 100 % 20)::int - 2, 0, '', '', '', sha256(n::text::bytea),
    CASE n % 2 WHEN 1 THEN 1000 + desk END, CASE n % 2 WHEN 1 THEN now() - interval '10 days' END, '', '', 1, path, path
FROM size CROSS JOIN person JOIN organisation ON organisation.id = desk WHERE n % 100 IN (50, 51) ORDER BY n;
INSERT INTO person_request (number, kind, resident_id, by, presented, sealed, desk_id, accepted_by_id, accepted_at,
    due_on, answer, operation)
SELECT 'Q' || lpad(n::text, 9, '0'), 'copy', n, 'holder', '["identity"]', decode(repeat(md5(n::text), 4), 'hex'), desk,
    desk, now() - interval '5 days', now()::date + (n / 1000 % 15)::int, '', md5('request ' || n)::uuid
FROM size CROSS JOIN person WHERE n % 1000 = 55 ORDER BY n;

INSERT INTO perso_job (id, card_id, state, plan_digest, product, chip8, operator_id, reason, planned_at, opened_at,
    closed_at)
SELECT id, id, 'finished', sha256(id::text::bytea), product, chip8, 3002, '', made_at, made_at, made_at
FROM card WHERE made_at IS NOT NULL;
INSERT INTO perso_intent (job_id, index, act, path, digest, standby)
SELECT id, index, 'write', 'MF', sha256(id::text::bytea), false
FROM size CROSS JOIN perso_job CROSS JOIN generate_series(0, intents - 1) AS index;
INSERT INTO perso_outcome (job_id, index, sw, how, recorded_at)
SELECT job_id, index, 36864, 'sent', beginning FROM size CROSS JOIN perso_intent;

INSERT INTO recovery (card_id, organisation_id, received_by_id, received_at, receipt)
SELECT id, place_org_id, place_org_id, made_at, 'R' || id FROM card WHERE life = 'ended';
INSERT INTO transfer (application_id, old_card_id, new_card_id, source, items, digest, written_items, written_digest,
    not_transferable, opened_at, closed_at)
SELECT application.id, application.card_id, card.id, 'chip', 7, sha256('items'), 7, sha256('items'), '[]',
    card.made_at, card.made_at
FROM application JOIN card ON card.application_id = application.id WHERE application.kind = 'replacement';
INSERT INTO registration (resident_id, organisation_id, card_id, business, items, digest, at)
SELECT resident_id, place_org_id, id, '门诊', 2, sha256('items'), made_at FROM card WHERE life = 'issued' AND id % 5 = 0;
INSERT INTO verification (card_id, card_version, organisation_id, purpose, step, usable, reason, present, started, at)
SELECT id, version, place_org_id, 'treatment', 'register', loss = 'none', CASE loss WHEN 'none' THEN 'usable' ELSE 'lost' END,
    false, moment(9, id), moment(9, id)
FROM card WHERE life = 'issued' AND id % 2 = 0;

-- Of a hundred people two were reminded that they do not use their cards, and have not used them since.
INSERT INTO message (resident_id, kind, facts, card_id, operation, at)
SELECT n, 'dormant.reminder', '{"count": 2}', person.card, md5('reminder ' || n)::uuid, now() - interval '1 day'
FROM person WHERE n % 100 IN (60, 61) ORDER BY n;
INSERT INTO uptime (part, since, last)
SELECT part, beginning + day * interval '1 day', beginning + (day + 1) * interval '1 day' - interval '5 minutes'
FROM size CROSS JOIN unnest(ARRAY['worker', 'keys', 'line']) AS part CROSS JOIN generate_series(0, 320, 40) AS day;

INSERT INTO issue_serial (issuer_code, last) SELECT repeat('9', 22), max(id) FROM card;
