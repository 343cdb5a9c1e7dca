-- What the application role may do, table by table. Nothing else is granted; a test compares this file with the
-- database. No role may delete: what happened stays. The journal's rows are written once.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {application};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {application};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {application};

GRANT SELECT, INSERT, UPDATE ON organisation, account, resident, roster_import TO {application};
GRANT SELECT, INSERT, UPDATE ON card, issue_serial, perso_job TO {application};
GRANT SELECT, INSERT ON perso_intent, perso_outcome, issuer_identity, key_binding TO {application};

-- Django's own.
GRANT SELECT ON django_migrations, django_content_type, auth_permission, auth_group, auth_group_permissions
    TO {application};
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO {application};
