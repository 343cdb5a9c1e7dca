-- I-03 A temporary card is in force only while an application for a new card is open, and one at a time
-- It ends with that application, however that ends.
SELECT 'card ' || card.id FROM card JOIN application mine ON mine.id = card.application_id
    LEFT JOIN application main ON main.id = mine.parent_id
WHERE card.kind = 'temporary' AND card.life = 'issued' AND (main.id IS NULL OR main.closed_at IS NOT NULL)
UNION ALL
SELECT 'card ' || id FROM card WHERE kind = 'temporary' AND application_id IS NULL
UNION ALL
SELECT 'person ' || resident_id FROM card WHERE kind = 'temporary' AND life = 'issued'
GROUP BY resident_id HAVING count(*) > 1
