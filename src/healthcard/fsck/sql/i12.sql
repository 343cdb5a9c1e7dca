-- I-12 A card is replaced by the act that hands the new one over
-- Both events carry the same operation, so there is no moment with two cards and none without.
SELECT 'card ' || ended.card_id FROM card_event ended JOIN card old ON old.id = ended.card_id
WHERE ended.event = 'replaced' AND NOT EXISTS (
    SELECT FROM card_event handed JOIN card new ON new.id = handed.card_id
    WHERE handed.event = 'handed_over' AND handed.operation = ended.operation
        AND new.resident_id = old.resident_id AND new.id <> old.id AND new.kind = 'formal')
