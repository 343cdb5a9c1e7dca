-- I-04 No serial and no chip belongs to two cards, and no serial is beyond the last one given out
-- Also after destruction: rows of cards never go.
SELECT 'serial of card ' || max(id) FROM card GROUP BY issuer_code, issue_serial HAVING count(*) > 1
UNION ALL
SELECT 'chip of card ' || max(id) FROM card WHERE chip8 IS NOT NULL GROUP BY product, chip8 HAVING count(*) > 1
UNION ALL
SELECT 'card ' || card.id FROM card LEFT JOIN issue_serial USING (issuer_code)
WHERE issue_serial.last IS NULL OR card.issue_serial::bigint > issue_serial.last
