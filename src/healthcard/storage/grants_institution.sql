-- What the role of the process for medical institutions may do: ask about cards, log what it answered, keep what
-- institutions tell. It writes no card, no event, no application, and sees nothing of people but that they are there.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {institution};
GRANT SELECT ON card, card_change, organisation, credential TO {institution};
GRANT SELECT (id, home_path) ON resident TO {institution};
GRANT SELECT (id, full_name, role, is_active, organisation_id) ON account TO {institution};
GRANT SELECT, INSERT ON token TO {institution};
GRANT UPDATE (used_at, closed_at) ON token TO {institution};

GRANT INSERT ON verification TO {institution};
GRANT SELECT, INSERT ON challenge TO {institution};
GRANT SELECT, INSERT ON registration TO {institution};
GRANT UPDATE (card_id, items, digest, credential_id, at) ON registration TO {institution};
GRANT SELECT ON transfer_notice TO {institution};
GRANT UPDATE (confirmed_at) ON transfer_notice TO {institution};
GRANT SELECT (id, old_card_id, new_card_id) ON transfer TO {institution};
GRANT SELECT, INSERT ON misuse TO {institution};
GRANT SELECT, INSERT ON webhook TO {institution};
GRANT UPDATE (failures, next_try, closed_at) ON webhook TO {institution};
GRANT INSERT, SELECT (id, at) ON message TO {institution};
GRANT SELECT, INSERT ON idempotent_answer TO {institution};

-- An act has its entry in the audit, whoever does it.
GRANT INSERT ON audit_entry TO {institution};
GRANT SELECT, UPDATE ON audit_chain TO {institution};
GRANT SELECT ON key_binding, django_migrations TO {institution};

-- Of what institutions keep, each sees its own: `healthcard.institution` is set in every transaction that looks at it.
DROP POLICY IF EXISTS own ON registration;
CREATE POLICY own ON registration AS RESTRICTIVE TO {institution}
    USING (organisation_id = nullif(current_setting('healthcard.institution', true), '')::bigint);
DROP POLICY IF EXISTS own ON misuse;
CREATE POLICY own ON misuse AS RESTRICTIVE TO {institution}
    USING (organisation_id = nullif(current_setting('healthcard.institution', true), '')::bigint);
DROP POLICY IF EXISTS own ON webhook;
CREATE POLICY own ON webhook AS RESTRICTIVE TO {institution}
    USING (organisation_id = nullif(current_setting('healthcard.institution', true), '')::bigint);
DROP POLICY IF EXISTS own ON idempotent_answer;
CREATE POLICY own ON idempotent_answer AS RESTRICTIVE TO {institution} USING (starts_with(client, 'credential:'));
