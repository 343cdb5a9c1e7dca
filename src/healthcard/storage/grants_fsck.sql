-- What the checker's role may do: read, past the fences around organisations. It writes nothing.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {checker};
GRANT SELECT ON organisation, account, resident, resident_key, issue_serial, issuer_identity, card, card_event, card_change,
    person_version, lifecycle_rule, perso_job, perso_intent, perso_outcome, application, transfer, transfer_notice,
    registration, recovery, parameter_set, verification, challenge, audit_entry, audit_chain, idempotent_answer,
    application_scan, upkeep_job, authorisation, lock_order, day_close, producer, dossier, dossier_event, validity, admission_rule,
    issuer_number, selection, supply_order, cos_script, sample_card, chip_use TO {checker};
DROP POLICY IF EXISTS checker ON resident;
CREATE POLICY checker ON resident FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON card;
CREATE POLICY checker ON card FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON application;
CREATE POLICY checker ON application FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON card_event;
CREATE POLICY checker ON card_event FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON registration;
CREATE POLICY checker ON registration FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON transfer_notice;
CREATE POLICY checker ON transfer_notice FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON transfer;
CREATE POLICY checker ON transfer FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON application_scan;
CREATE POLICY checker ON application_scan FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON verification;
CREATE POLICY checker ON verification FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON lock_order;
CREATE POLICY checker ON lock_order FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON dossier;
CREATE POLICY checker ON dossier FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON dossier_event;
CREATE POLICY checker ON dossier_event FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON validity;
CREATE POLICY checker ON validity FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON selection;
CREATE POLICY checker ON selection FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON supply_order;
CREATE POLICY checker ON supply_order FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON cos_script;
CREATE POLICY checker ON cos_script FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON sample_card;
CREATE POLICY checker ON sample_card FOR SELECT TO {checker} USING (true);
DROP POLICY IF EXISTS checker ON chip_use;
CREATE POLICY checker ON chip_use FOR SELECT TO {checker} USING (true);
