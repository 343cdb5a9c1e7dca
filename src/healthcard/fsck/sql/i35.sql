-- I-35 The application can neither change nor remove what happened
-- Asked of the server: grants, owner, and that every guard is switched on.
SELECT grantee || ' may ' || privilege_type || ' ' || table_name FROM information_schema.table_privileges
WHERE grantee = 'healthcard_app' AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
    AND table_name IN ('card_event', 'card_change', 'audit_entry', 'audit_anchor', 'idempotent_answer', 'verification',
        'access', 'resident_change', 'perso_intent', 'perso_outcome', 'upkeep_intent', 'upkeep_outcome',
        'lifecycle_rule', 'person_version')
UNION ALL
SELECT tablename || ' is the application''s' FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'healthcard_app'
UNION ALL
SELECT tgname || ' of ' || tgrelid::regclass || ' is switched off' FROM pg_trigger WHERE tgenabled = 'D'
UNION ALL
SELECT relname || ' shows every organisation' FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND NOT relrowsecurity
    AND relname IN ('resident', 'card', 'application', 'card_event', 'message', 'access', 'resident_change')
