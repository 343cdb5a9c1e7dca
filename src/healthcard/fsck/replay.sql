-- The life of every card once more, event by event, from nothing but the events: what was known before each of them and
-- what they left. Scratch of this session alone.
CREATE AGGREGATE pg_temp.fold(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

CREATE TEMP TABLE replay AS
SELECT step.*, before ->> 'life' AS life_before, known ->> 'life' AS life, known ->> 'loss' AS loss,
    before ->> 'loss' AS loss_before, known ->> 'app_lock' AS app_lock, (known ->> 'suspended')::boolean AS suspended,
    known ->> 'place' AS place
FROM (SELECT passed.*, before || changes AS known
    FROM (SELECT event.card_id, event.version, event.person_version, event.event, event.changes, event.operation,
            event.at, event.application_id, card.resident_id, card.kind, card.valid_until,
            '{"life": "planned", "loss": "none", "pin_locked": false, "app_lock": "none", "suspended": false,
              "place": "none", "chip_end": "none", "end_reason": ""}'::jsonb
            || pg_temp.fold(event.changes) OVER (PARTITION BY event.card_id ORDER BY event.version
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
            lead(event.version) OVER (PARTITION BY event.card_id ORDER BY event.version) IS NULL AS last
        FROM card_event event JOIN card ON card.id = event.card_id) AS passed) AS step;
ANALYZE replay;
