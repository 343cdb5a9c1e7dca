-- I-36 Every entry of the audit says who, where and what, and its columns say what its body says
-- The body is what is hashed; the columns are for searching.
SELECT 'chain ' || entry.chain || ' entry ' || entry.seq FROM audit_entry entry
    CROSS JOIN LATERAL (SELECT convert_from(body, 'UTF8')::jsonb AS said) AS parsed
WHERE (operation::text, action, account, credential, organisation, resident, card, application, chain, seq)
    IS DISTINCT FROM (said ->> 'operation', said ->> 'action', (said #>> '{who,account}')::bigint,
        (said #>> '{who,credential}')::bigint, (said #>> '{who,organisation}')::bigint,
        (said #>> '{whom,resident}')::bigint, (said #>> '{whom,card}')::bigint,
        (said #>> '{whom,application}')::bigint, (said ->> 'chain')::smallint, (said ->> 'seq')::bigint)
    OR at IS DISTINCT FROM (said ->> 'at')::timestamptz
