-- I-08 The state of a card is the replay of its events, fact by fact
-- Also its version, and that a card without events is as cards begin.
WITH brought AS MATERIALIZED (
    SELECT card_id, version, (changes ->> 'loss_until')::timestamptz AS loss_until,
        (changes ->> 'place_org')::bigint AS place_org, (changes ->> 'valid_until')::date AS valid_until
    FROM card_event WHERE changes ?| '{loss_until,place_org,valid_until}')
SELECT 'card ' || card.id FROM card LEFT JOIN replay ON replay.card_id = card.id AND replay.last
    LEFT JOIN brought lost ON lost.card_id = card.id AND lost.version = until_by
    LEFT JOIN brought placed ON placed.card_id = card.id AND placed.version = place_by
    LEFT JOIN brought dated ON dated.card_id = card.id AND dated.version = valid_by
WHERE card.version <> coalesce(replay.version, 0) OR (card.life, card.loss, card.app_lock, card.place, card.chip_end,
        card.end_reason, card.pin_locked::text, card.suspended::text)
    IS DISTINCT FROM (coalesce(replay.life, 'planned'), coalesce(replay.loss, 'none'), coalesce(replay.app_lock, 'none'),
        coalesce(replay.place, 'none'), coalesce(known ->> 'chip_end', 'none'), coalesce(known ->> 'end_reason', ''),
        coalesce(known ->> 'pin_locked', 'false'), coalesce(known ->> 'suspended', 'false'))
    OR card.loss_until IS DISTINCT FROM lost.loss_until
    OR card.place_org_id IS DISTINCT FROM placed.place_org
    OR valid_by IS NOT NULL AND card.valid_until IS DISTINCT FROM dated.valid_until
