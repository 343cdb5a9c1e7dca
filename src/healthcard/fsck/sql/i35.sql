-- I-35 The application can neither change nor remove what happened
-- Asked of the server: grants, owner, and that every guard is switched on.
SELECT rolname || ' may ' || privilege || ' ' || relname
FROM pg_roles CROSS JOIN pg_class CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
WHERE rolname IN ('healthcard_app', 'healthcard_institution') AND relnamespace = 'public'::regnamespace
    AND relname IN ('card_event', 'card_change', 'audit_entry', 'audit_anchor', 'idempotent_answer', 'verification',
        'access', 'resident_change', 'perso_intent', 'perso_outcome', 'upkeep_intent', 'upkeep_outcome',
        'lifecycle_rule', 'person_version')
    AND has_table_privilege(pg_roles.oid, pg_class.oid, privilege)
UNION ALL
SELECT rolname || ' may ' || privilege || ' ' || relname
FROM pg_roles CROSS JOIN pg_class CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE']) AS privilege
WHERE rolname = 'healthcard_institution' AND relnamespace = 'public'::regnamespace
    AND relname IN ('card', 'card_event', 'card_change', 'application', 'resident', 'transfer', 'recovery')
    AND has_any_column_privilege(pg_roles.oid, pg_class.oid, privilege)
UNION ALL
SELECT tablename || ' is the application''s' FROM pg_tables WHERE schemaname = 'public' AND tableowner IN ('healthcard_app', 'healthcard_institution')
UNION ALL
SELECT tgname || ' of ' || tgrelid::regclass || ' is switched off' FROM pg_trigger WHERE tgenabled = 'D'
UNION ALL
SELECT relname || ' shows every organisation' FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND NOT relrowsecurity
    AND relname IN ('resident', 'card', 'application', 'card_event', 'message', 'access', 'resident_change',
        'registration', 'transfer_notice', 'misuse')
