-- I-53 Everybody on file is found by his document and his name, and whose record was closed by documents alone
-- People may have been put on file before there was an index: `healthcard resident index` writes theirs.
SELECT 'person ' || resident.id FROM resident LEFT JOIN (
    SELECT resident_id, bool_or(kind = 'name') AND bool_or(kind = 'name_birth') AS named,
        bool_or(kind <> 'document') AS otherwise
    FROM resident_key GROUP BY resident_id) AS found ON found.resident_id = resident.id
WHERE CASE WHEN num_nonnulls(merged_into_id, erased_at) = 0 THEN named IS NOT TRUE ELSE otherwise END
UNION ALL
SELECT 'person ' || resident.id FROM resident
    LEFT JOIN resident_key own ON own.kind = 'document' AND own.digest = identity_digest AND own.resident_id = resident.id
WHERE merged_into_id IS NULL AND own.digest IS NULL
