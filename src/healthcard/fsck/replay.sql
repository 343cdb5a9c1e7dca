-- The life of every card once more, event by event, from nothing but the events: what was known before each of them and
-- what they left. Scratch of this session alone.
--
-- Millions of cards share few lives: what is known after an event depends on the events up to it, so each beginning of a
-- life is replayed once (`step`) and the events point to it by a running hash (`path`). What an act brings along (the
-- end of an oral report, the place, the validity) differs from card to card: of that the version is kept that brought it
-- last (`until_by`, `place_by`, `valid_by`).
CREATE AGGREGATE pg_temp.along(bigint) (sfunc = hashint8extended, stype = bigint, initcond = '0');

CREATE TEMP TABLE passed AS
SELECT card_id, version, person_version, operation, at, resident_id, kind, pg_temp.along(shape) OVER life AS path, shape,
    max(version) FILTER (WHERE changes ? 'loss_until') OVER life AS until_by,
    max(version) FILTER (WHERE changes ? 'place_org') OVER life AS place_by,
    max(version) FILTER (WHERE changes ? 'valid_until') OVER life AS valid_by,
    lead(version) OVER life IS NULL AS last
FROM (SELECT event.card_id, event.version, person_version, operation, at, resident_id, kind, changes,
        hash_record_extended(ROW(event, changes - '{loss_until,place_org,valid_until}'::text[], changes ? 'loss_until',
            changes ? 'place_org', changes ? 'valid_until'), 0) AS shape
    FROM card_event event JOIN card ON card.id = event.card_id) AS shaped
WINDOW life AS (PARTITION BY card_id ORDER BY version);
ANALYZE passed (path, shape, card_id, version, resident_id, kind);

CREATE AGGREGATE pg_temp.fold(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

CREATE TEMP TABLE step AS
SELECT DISTINCT ON (path) path, told.*, known ->> 'life' AS life, before ->> 'life' AS life_before,
    known ->> 'loss' AS loss, before ->> 'loss' AS loss_before, known ->> 'app_lock' AS app_lock,
    (known ->> 'suspended')::boolean AS suspended, known ->> 'place' AS place,
    -- An oral report lapses by time alone, so it does not count here.
    known @> '{"life": "issued", "app_lock": "none", "suspended": false}' AND known ->> 'loss' <> 'written' AS usable,
    before @> '{"life": "issued", "app_lock": "none", "suspended": false}' AND before ->> 'loss' <> 'written'
        AS usable_before
FROM (SELECT *, before || changes AS known
    FROM (SELECT card_id AS sample, version AS at_version, event, changes, brought,
            '{"life": "planned", "loss": "none", "pin_locked": false, "app_lock": "none", "suspended": false,
              "place": "none", "chip_end": "none", "end_reason": ""}'::jsonb
            || pg_temp.fold(changes) OVER (PARTITION BY card_id ORDER BY version
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM (SELECT card_id, version, event, changes - '{loss_until,place_org,valid_until}'::text[] AS changes,
                array(SELECT jsonb_object_keys(changes) INTERSECT
                    SELECT unnest('{loss_until,place_org,valid_until}'::text[])) AS brought
            FROM card_event WHERE card_id IN (SELECT min(card_id) FROM passed GROUP BY path)) AS shaped) AS folded) AS told
    JOIN passed ON card_id = sample AND version = at_version;
ANALYZE step;

CREATE TEMP VIEW replay AS SELECT * FROM passed JOIN step USING (path);
