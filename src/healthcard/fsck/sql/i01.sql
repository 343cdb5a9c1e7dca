-- I-01 One person has at no time two formal cards that are issued
-- Counted along the person's own order of events, which needs no clock (Art. 3).
SELECT 'person ' || resident_id || ' at ' || person_version FROM (
    SELECT resident_id, person_version, sum((life = 'issued')::int - (life_before = 'issued')::int)
        OVER (PARTITION BY resident_id ORDER BY person_version, card_id, version) AS issued
    FROM replay WHERE kind = 'formal' AND (life = 'issued') <> (life_before = 'issued')) AS counted
WHERE issued > 1
UNION ALL
SELECT 'person ' || resident_id || ' now' FROM card WHERE kind = 'formal' AND life = 'issued'
GROUP BY resident_id HAVING count(*) > 1
