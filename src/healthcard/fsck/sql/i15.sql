-- I-15 Where the chip of an ended card is, is known
-- Locked or destroyed chips are of ended cards; a destroyed one has its entry in the register of returned cards.
SELECT 'card ' || id FROM card WHERE chip_end <> 'none' AND life NOT IN ('ended', 'scrapped')
    OR app_lock = 'permanent' AND life <> 'ended' OR (place = 'destroyed') <> (chip_end = 'destroyed')
