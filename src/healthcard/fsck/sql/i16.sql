-- I-16 A PIN is unlocked for its holder, never for an agent, by an application about this very card
-- That no PIN is a default one is no matter of the record: it holds none.
SELECT 'card ' || event.card_id || ' at ' || event.version FROM card_event event JOIN card ON card.id = event.card_id
    LEFT JOIN application asked ON asked.id = event.application_id
WHERE event.event = 'unlocked' AND (asked.id IS NULL OR asked.kind <> 'unlock' OR asked.by = 'agent'
    OR asked.card_id IS DISTINCT FROM card.id OR asked.resident_id <> card.resident_id
    OR asked.state <> 'completed')
