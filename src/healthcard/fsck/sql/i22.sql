-- I-22 A chip is destroyed before two different people, and the register says so
-- As persons, not logins; a returned chip is of an ended card.
SELECT 'recovery ' || recovery.id FROM recovery JOIN card ON card.id = card_id
    LEFT JOIN account one ON one.id = witness_id LEFT JOIN account other ON other.id = second_witness_id
WHERE card.life NOT IN ('ended', 'scrapped') OR (destroyed_at IS NOT NULL) <> (card.place = 'destroyed')
    OR destroyed_at IS NOT NULL AND (one.id IS NULL OR other.id IS NULL OR one.id = other.id
        OR one.person_digest = other.person_digest OR certificate IS NULL OR destroyed_at < received_at)
UNION ALL
SELECT 'card ' || id FROM card WHERE place = 'destroyed' AND NOT EXISTS (SELECT FROM recovery WHERE card_id = card.id)
