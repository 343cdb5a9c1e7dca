-- I-35 The application can neither change nor remove what happened
-- Asked of the server: grants, owner, fences, and that every guard is switched on. Whatever its roles are called: all
-- that are neither superusers nor the tables' owner.
WITH role AS (SELECT oid, rolname FROM pg_roles WHERE NOT rolsuper AND NOT starts_with(rolname, 'pg_')),
    ours AS (SELECT oid, relname, relowner, relrowsecurity FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
SELECT rolname || ' may ' || privilege || ' ' || relname
FROM role CROSS JOIN ours CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
WHERE relname IN ('card_event', 'card_change', 'audit_entry', 'audit_anchor', 'idempotent_answer', 'verification',
        'access', 'resident_change', 'collection', 'application_scan', 'perso_intent', 'perso_outcome',
        'upkeep_intent', 'upkeep_outcome', 'lifecycle_rule', 'person_version')
    AND NOT pg_has_role(role.oid, relowner, 'MEMBER') AND has_table_privilege(role.oid, ours.oid, privilege)
UNION ALL
SELECT rolname || ' may ' || privilege || ' ' || relname
FROM role CROSS JOIN ours CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE']) AS privilege
WHERE rolname = 'healthcard_institution'
    AND relname IN ('card', 'card_event', 'card_change', 'application', 'resident', 'transfer', 'recovery')
    AND has_any_column_privilege(role.oid, ours.oid, privilege)
UNION ALL
SELECT 'nobody but the owner writes ' || relname FROM ours WHERE relname = 'card_event' AND NOT EXISTS (
    SELECT FROM role WHERE NOT pg_has_role(role.oid, relowner, 'MEMBER')
        AND has_any_column_privilege(role.oid, ours.oid, 'INSERT'))
UNION ALL
SELECT relname || ' has an owner of its own' FROM ours WHERE relowner <> (SELECT relowner FROM ours WHERE relname = 'card')
UNION ALL
SELECT tgname || ' of ' || tgrelid::regclass || ' is switched off' FROM pg_trigger WHERE tgenabled = 'D'
UNION ALL
SELECT relname || ' shows every organisation' FROM ours WHERE NOT relrowsecurity
    AND relname IN ('resident', 'card', 'application', 'application_scan', 'card_event', 'message', 'access',
        'resident_change', 'collection', 'person_request', 'transfer', 'first_content', 'verification', 'registration',
        'transfer_notice', 'misuse', 'webhook', 'idempotent_answer', 'lock_order')
