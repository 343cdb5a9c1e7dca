-- I-17 All business data of the old card are on the new one, counted and hashed
-- Both cards are of one person; what is closed agrees in number and digest.
SELECT 'transfer ' || transfer.id FROM transfer JOIN card old ON old.id = old_card_id JOIN card new ON new.id = new_card_id
    LEFT JOIN application ON application.id = transfer.application_id
WHERE old.resident_id <> new.resident_id OR application.resident_id IS DISTINCT FROM new.resident_id OR old.id = new.id
    OR transfer.closed_at < opened_at OR transfer.closed_at IS NULL AND new.life = 'issued' OR items < 0
    OR transfer.closed_at IS NOT NULL
        AND (items <> written_items OR digest IS DISTINCT FROM written_digest AND items > 0)
UNION ALL
SELECT 'notice ' || notice.id FROM transfer_notice notice JOIN registration ON registration.id = registration_id
    JOIN transfer ON transfer.id = transfer_id JOIN card ON card.id = transfer.new_card_id
WHERE registration.resident_id <> card.resident_id
