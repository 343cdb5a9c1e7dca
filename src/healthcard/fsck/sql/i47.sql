-- I-47 Presence of a card was proved by a challenge of ours, used once
SELECT 'verification ' || asked.id FROM verification asked LEFT JOIN challenge ON challenge.nonce = asked.nonce
WHERE asked.present AND (challenge.nonce IS NULL OR challenge.card_id <> asked.card_id)
UNION ALL
SELECT 'verification ' || max(id) FROM verification WHERE nonce IS NOT NULL GROUP BY nonce HAVING count(*) > 1
