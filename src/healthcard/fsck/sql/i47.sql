-- I-47 Presence of a card was proved by a challenge of ours, used once
SELECT 'verification ' || asked.id FROM verification asked LEFT JOIN challenge ON challenge.nonce = asked.nonce
WHERE asked.present AND (challenge.nonce IS NULL OR challenge.card_id <> asked.card_id
    OR challenge.organisation_id <> asked.organisation_id
    OR challenge.credential_id IS DISTINCT FROM asked.credential_id
    OR asked.started NOT BETWEEN challenge.at AND challenge.at + interval '5 minutes')
UNION ALL
SELECT 'verification ' || max(id) FROM verification WHERE nonce IS NOT NULL GROUP BY nonce HAVING count(*) > 1
