-- I-24 A replaced card was returned, unless it was lost
-- A card that nobody reported lost is at the desk when it is cancelled.
SELECT 'card ' || card_id FROM replay WHERE event = 'replaced'
    AND (loss = 'written' AND place NOT IN ('lost', 'recovered') OR loss <> 'written' AND place <> 'recovered')
