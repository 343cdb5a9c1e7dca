-- I-06 A card that was made has exactly one finished personalisation, one that was not made has none
-- An issued card of an application has that of its own holder.
SELECT 'card ' || card.id FROM card
    LEFT JOIN (SELECT card_id, count(*) AS jobs FROM perso_job WHERE state = 'finished' GROUP BY card_id) AS done
    ON done.card_id = card.id
WHERE card.life IN ('made', 'issued') AND coalesce(jobs, 0) <> 1
    OR card.life IN ('planned', 'scrapped') AND coalesce(jobs, 0) <> 0
UNION ALL
SELECT 'card ' || card.id FROM card JOIN application ON application.id = card.application_id
WHERE application.resident_id <> card.resident_id
