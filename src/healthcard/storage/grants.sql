-- What the application role may do, table by table. Nothing else is granted; a test compares this file with the
-- database. No role may delete: what happened stays. The journal's rows are written once.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {application};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {application};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {application};

GRANT SELECT, INSERT, UPDATE ON organisation, authorisation, account, credential, token, station TO {application};
GRANT SELECT, INSERT, UPDATE ON resident, roster_import, message TO {application};
GRANT SELECT, INSERT, UPDATE, DELETE ON resident_key TO {application};
GRANT SELECT, INSERT ON resident_change, access, collection, application_scan TO {application};
GRANT SELECT, INSERT, UPDATE ON extra_field, person_request TO {application};
GRANT EXECUTE ON FUNCTION forget(bigint, bytea) TO {application};
GRANT SELECT, INSERT, UPDATE ON issue_serial, perso_job, upkeep_job TO {application};
GRANT SELECT, INSERT ON perso_intent, perso_outcome, upkeep_intent, upkeep_outcome TO {application};
GRANT SELECT, INSERT ON issuer_identity, key_binding TO {application};
GRANT SELECT, INSERT, UPDATE ON application, transfer, first_content, registration, transfer_notice, recovery, lock_order TO {application};
GRANT SELECT, INSERT, UPDATE ON uptime TO {application};
GRANT SELECT, INSERT, DELETE ON card_count TO {application};
GRANT SELECT, INSERT, UPDATE, DELETE ON day_count TO {application};
GRANT SELECT, DELETE ON home_change TO {application};
GRANT SELECT, INSERT, UPDATE ON parameter_set, holiday, misuse, webhook TO {application};
GRANT SELECT, INSERT ON challenge, verification, idempotent_answer, day_close TO {application};
GRANT SELECT, INSERT ON audit_entry, audit_anchor TO {application};
GRANT SELECT, UPDATE ON audit_chain TO {application};

-- A dossier changes by its events alone, and so do the days its certificate counts; issuer numbers come with provinces.
GRANT SELECT, INSERT ON producer, dossier, chip_use TO {application};
GRANT SELECT ON dossier_event, validity, admission_rule, issuer_number TO {application};
GRANT INSERT (dossier_id, version, act, text, changes, operation, account_id, organisation_id, at)
    ON dossier_event TO {application};
GRANT SELECT, INSERT, UPDATE ON selection, supply_order, cos_script, sample_card TO {application};

-- A card's facts are written by its events alone: of its row the application role may change what its making fills in.
-- An event's own number is not chosen: INSERT ... ON CONFLICT (id) DO NOTHING would change the card and leave no event.
GRANT SELECT, INSERT ON card TO {application};
GRANT SELECT ON card_event TO {application};
GRANT INSERT (card_id, version, person_version, event, changes, operation, application_id, account_id, credential_id,
    organisation_id, at) ON card_event TO {application};
GRANT UPDATE (product, layout, application_plan, chip8, answer_to_reset, key_version, city, issued_on, ended_because)
    ON card TO {application};
GRANT SELECT ON card_change, person_version, lifecycle_rule TO {application};

-- Django's own.
GRANT SELECT ON django_migrations, django_content_type, auth_permission, auth_group, auth_group_permissions
    TO {application};
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO {application};
