-- I-11 A card that ended stays ended
-- No event after the end makes it anything else, and nobody's restored backup does (Art. 13).
SELECT 'card ' || card_id || ' at ' || version FROM replay
WHERE life_before IN ('ended', 'scrapped') AND life <> life_before
