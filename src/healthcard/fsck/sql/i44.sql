-- I-44 Hospitals were told each turn of a card, once, in order
-- The feed's last word on a card agrees with its usability unless time alone changed it since.
SELECT 'change ' || change.id FROM card_change change LEFT JOIN replay
    ON replay.card_id = change.card_id AND replay.version = change.version
WHERE replay.card_id IS NULL OR change.usable <> (change.reason = 'usable')
    OR change.usable AND (replay.life <> 'issued' OR replay.loss = 'written' OR replay.app_lock <> 'none' OR replay.suspended)
    OR change.reason = 'ended' AND replay.life NOT IN ('ended', 'scrapped')
UNION ALL
SELECT 'card ' || id FROM card WHERE life = 'ended' AND made_at IS NOT NULL AND version > 2
    AND NOT EXISTS (SELECT FROM card_change WHERE card_id = card.id AND reason = 'ended')
