-- I-08 The state of a card is the replay of its events, fact by fact
-- Also its version, and that a card without events is as cards begin.
SELECT 'card ' || card.id FROM card LEFT JOIN replay ON replay.card_id = card.id AND replay.last
WHERE card.version <> coalesce(replay.version, 0) OR (card.life, card.loss, card.app_lock, card.place, card.chip_end,
        card.end_reason, card.pin_locked::text, card.suspended::text)
    IS DISTINCT FROM (coalesce(replay.life, 'planned'), coalesce(replay.loss, 'none'), coalesce(replay.app_lock, 'none'),
        coalesce(replay.place, 'none'), coalesce(known ->> 'chip_end', 'none'), coalesce(known ->> 'end_reason', ''),
        coalesce(known ->> 'pin_locked', 'false'), coalesce(known ->> 'suspended', 'false'))
    OR card.loss_until IS DISTINCT FROM (known ->> 'loss_until')::timestamptz
    OR card.place_org_id IS DISTINCT FROM (known ->> 'place_org')::bigint
    OR known ? 'valid_until' AND card.valid_until IS DISTINCT FROM (known ->> 'valid_until')::date
