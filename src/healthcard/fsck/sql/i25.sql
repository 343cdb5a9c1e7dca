-- I-25 Nothing is written to a chip that was not planned before, and a finished job wrote all of it
-- The last outcome of every intent that was not only for mending is 9000.
SELECT 'job ' || job.id FROM perso_job job WHERE state = 'finished' AND (
    NOT EXISTS (SELECT FROM perso_intent WHERE job_id = job.id AND NOT standby)
    OR EXISTS (SELECT FROM perso_intent intent WHERE job_id = job.id AND NOT standby AND 36864 IS DISTINCT FROM (
        SELECT sw FROM perso_outcome WHERE job_id = job.id AND index = intent.index ORDER BY id DESC LIMIT 1)))
UNION ALL
SELECT 'job ' || job.id FROM perso_job job JOIN card ON card.id = card_id
WHERE state = 'finished' AND (job.chip8, job.product) IS DISTINCT FROM (card.chip8, card.product) AND job.chip8 IS NOT NULL
    OR (state IN ('planned', 'writing')) <> (closed_at IS NULL) OR closed_at < opened_at OR opened_at < planned_at
