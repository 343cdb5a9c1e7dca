-- I-12 A card is replaced by the act that hands the new one over
-- Both events carry the same operation, so there is no moment with two cards and none without.
SELECT 'card ' || ended.card_id FROM replay ended WHERE ended.event = 'replaced' AND NOT EXISTS (
    SELECT FROM replay new WHERE new.operation = ended.operation AND new.event = 'handed_over'
        AND new.resident_id = ended.resident_id AND new.card_id <> ended.card_id AND new.kind = 'formal')
