-- I-05 A document belongs to one person
-- By its keyed digest, over first and second documents.
SELECT 'person ' || max(resident_id) FROM (
    SELECT id AS resident_id, identity_digest AS digest FROM resident
    UNION SELECT resident_id, digest FROM resident_key WHERE kind = 'document') AS documents
GROUP BY digest HAVING count(DISTINCT resident_id) > 1
