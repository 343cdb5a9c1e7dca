-- I-02 One person has at no time two usable cards
-- An oral report lapses by time alone, so it does not count as a lock; validity ends by time and never begins again.
WITH counted AS (
    SELECT resident_id, person_version, at, usable,
        sum(usable::int - usable_before::int) OVER (PARTITION BY resident_id ORDER BY person_version, card_id, version)
        AS cards FROM replay WHERE usable <> usable_before)
SELECT 'person ' || resident_id || ' at ' || person_version FROM counted one
WHERE cards > 1 AND usable AND (SELECT count(*) FROM card WHERE card.resident_id = one.resident_id
    AND card.valid_until >= (one.at AT TIME ZONE 'Asia/Shanghai')::date) > 1
