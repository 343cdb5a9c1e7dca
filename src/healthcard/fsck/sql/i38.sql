-- I-38 Nobody acts on his own card, and custodians, auditors and clerks are different people
WITH own AS MATERIALIZED (
    SELECT account.id AS account_id, card.id AS card_id FROM account
        JOIN resident ON resident.identity_digest = account.person_digest JOIN card ON card.resident_id = resident.id)
SELECT 'card ' || event.card_id FROM card_event event JOIN own USING (card_id, account_id)
UNION ALL
SELECT 'account ' || one.id FROM account one JOIN account other ON other.person_digest = one.person_digest
WHERE one.is_active AND other.is_active AND one.role = 'auditor' AND other.role <> 'auditor'
    OR one.is_active AND other.is_active AND one.role = 'custodian' AND other.role <> 'custodian'
