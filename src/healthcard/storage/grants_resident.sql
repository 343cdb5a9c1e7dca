-- What a resident sees on his own page: his row without what is sealed, his cards, applications, messages, and who asked
-- about him. The application becomes this role for it; `healthcard.person` is whose rows there are, unset: nobody's.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {resident};
GRANT SELECT (id, name_masked, document_kind, document_masked, birth_year, home_id, home_path, died_on, left_on,
    restricted, merged_into_id, erased_at) ON resident TO {resident};
GRANT SELECT ON card, card_event TO {resident};
GRANT SELECT (id, number, kind, state, resident_id, card_id, reason, desk_id, accepted_at, due_on, closed_at, opinion,
    outcome, home_path, desk_path) ON application TO {resident};
GRANT SELECT ON message TO {resident};
GRANT SELECT (id, resident_id, organisation_id, purpose, what, at) ON access TO {resident};
GRANT SELECT (id, card_id, organisation_id, purpose, at) ON verification TO {resident};
GRANT SELECT (id, name) ON organisation TO {resident};

-- Cards, events and verifications follow: their fences ask for the card.
DROP POLICY IF EXISTS own ON resident;
CREATE POLICY own ON resident AS RESTRICTIVE TO {resident}
    USING (id = nullif(current_setting('healthcard.person', true), '')::bigint);
DROP POLICY IF EXISTS own ON card;
CREATE POLICY own ON card AS RESTRICTIVE TO {resident}
    USING (resident_id = nullif(current_setting('healthcard.person', true), '')::bigint);
DROP POLICY IF EXISTS own ON application;
CREATE POLICY own ON application AS RESTRICTIVE TO {resident}
    USING (resident_id = nullif(current_setting('healthcard.person', true), '')::bigint);
