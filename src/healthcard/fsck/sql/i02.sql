-- I-02 One person has at no time two usable cards
-- An oral report lapses by time alone, so it does not count as a lock; validity ends by time and never begins again.
WITH good AS (
    SELECT resident_id, card_id, person_version, version, at, valid_until,
        life = 'issued' AND loss <> 'written' AND app_lock = 'none' AND NOT suspended AS usable
    FROM replay),
turned AS (
    SELECT *, lag(usable, 1, false) OVER (PARTITION BY card_id ORDER BY version) AS before FROM good),
counted AS (
    SELECT *, sum(usable::int - before::int) OVER (PARTITION BY resident_id ORDER BY person_version, card_id, version)
        AS cards FROM turned WHERE usable <> before)
SELECT 'person ' || resident_id || ' at ' || person_version FROM counted one
WHERE cards > 1 AND usable AND (SELECT count(*) FROM card WHERE card.resident_id = one.resident_id
    AND card.valid_until >= (one.at AT TIME ZONE 'Asia/Shanghai')::date) > 1
