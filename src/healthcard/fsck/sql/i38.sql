-- I-38 Nobody acts on his own card, and custodians, auditors and clerks are different people
SELECT 'card ' || event.card_id FROM card_event event JOIN card ON card.id = event.card_id
    JOIN account ON account.id = event.account_id JOIN resident ON resident.id = card.resident_id
WHERE account.person_digest = resident.identity_digest
UNION ALL
SELECT 'account ' || one.id FROM account one JOIN account other ON other.person_digest = one.person_digest
WHERE one.is_active AND other.is_active AND one.role = 'auditor' AND other.role <> 'auditor'
    OR one.is_active AND other.is_active AND one.role = 'custodian' AND other.role <> 'custodian'
