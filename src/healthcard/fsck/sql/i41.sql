-- I-41 What a client was acknowledged is in the audit under the number of the request that did it, and done once
-- Answers that were kept before requests had numbers name none.
SELECT 'key of ' || client FROM idempotent_answer answer WHERE request IS NOT NULL AND NOT EXISTS (
    SELECT FROM audit_entry entry WHERE entry.at BETWEEN answer.at - interval '10 minutes' AND answer.at
        AND (entry.account = nullif(split_part(client, 'account:', 2), '')::bigint
            OR entry.credential = nullif(split_part(client, 'credential:', 2), '')::bigint)
        AND position(convert_to(request, 'UTF8') IN body) > 0)
UNION ALL
SELECT 'key of ' || min(client) FROM idempotent_answer WHERE request IS NOT NULL GROUP BY request HAVING count(*) > 1
