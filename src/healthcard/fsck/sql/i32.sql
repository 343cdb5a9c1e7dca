-- I-32 Every event has its entry in the audit, of the same moment, that names it
-- And every event an entry names is there. Cards older than events have the operation of nobody.
SELECT 'card ' || coalesce(event.card_id, told.card_id) || ' at ' || coalesce(event.version, told.version)
FROM card_event event FULL JOIN audit_told told ON (told.card_id, told.version, told.event, told.operation)
    = (event.card_id, event.version, event.event, event.operation) AND told.at = event.at
WHERE (event.card_id IS NULL OR told.card_id IS NULL)
    AND coalesce(event.operation, told.operation) <> '00000000-0000-0000-0000-000000000000'
