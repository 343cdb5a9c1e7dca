-- I-40 A key of a client stands for one answer
SELECT 'key of ' || client FROM idempotent_answer GROUP BY client, key HAVING count(*) > 1
UNION ALL
SELECT 'key of ' || client FROM idempotent_answer WHERE length(fingerprint) <> 32 OR status NOT BETWEEN 200 AND 499
