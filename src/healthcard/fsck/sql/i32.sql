-- I-32 Every event has its entry in the audit, of the same moment, that names it
-- And every event an entry names is there. Cards older than events have the operation of nobody.
WITH told AS (
    SELECT operation, at, (event ->> 0)::bigint AS card_id, (event ->> 1)::int AS version, event ->> 2 AS event
    FROM audit_entry CROSS JOIN LATERAL jsonb_array_elements(convert_from(body, 'UTF8')::jsonb #> '{facts,events}') AS event)
SELECT 'card ' || coalesce(replay.card_id, told.card_id) || ' at ' || coalesce(replay.version, told.version)
FROM replay FULL JOIN told ON (told.card_id, told.version, told.event, told.operation)
    = (replay.card_id, replay.version, replay.event, replay.operation) AND told.at = replay.at
WHERE (replay.card_id IS NULL OR told.card_id IS NULL)
    AND coalesce(replay.operation, told.operation) <> '00000000-0000-0000-0000-000000000000'
