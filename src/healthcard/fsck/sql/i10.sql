-- I-10 No hospital was told that a card is good when it was not
-- A minute is left for transactions that overlap; the card's own version decides what was known.
SELECT 'verification ' || asked.id FROM verification asked
    LEFT JOIN replay ON replay.card_id = asked.card_id AND replay.version = asked.card_version
WHERE asked.usable <> (asked.reason = 'usable') OR replay.card_id IS NULL OR asked.usable AND (replay.life <> 'issued'
    OR replay.loss = 'written' OR replay.app_lock <> 'none' OR replay.suspended
    OR replay.loss = 'oral' AND asked.at < (SELECT (changes ->> 'loss_until')::timestamptz FROM card_event told
        WHERE told.card_id = asked.card_id AND told.version = until_by))
UNION ALL
SELECT 'verification ' || asked.id FROM verification asked JOIN card_event later ON later.card_id = asked.card_id
    AND later.version = asked.card_version + 1 AND later.at < asked.started - interval '1 minute'
WHERE asked.usable
