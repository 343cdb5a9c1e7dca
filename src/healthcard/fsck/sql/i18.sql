-- I-18 No business of a person stays with a card that was replaced
-- Registrations go to the new card in the act that cancels the old one.
SELECT 'registration ' || registration.id FROM registration JOIN card ON card.id = card_id
WHERE card.resident_id <> registration.resident_id OR card.end_reason = 'replaced'
