-- I-55 A closed day says what its desk's people did in its time, and a desk's days follow each other without a gap
-- Counted again from the audit and the events; who closed it and what he was told stands in the audit too.
WITH done AS (
    SELECT close.id, entry.operation, action, entry.application, body
    FROM day_close close CROSS JOIN jsonb_array_elements_text(sums -> 'accounts') AS one (account)
        JOIN audit_entry entry ON entry.account = one.account::bigint AND entry.at <= close.until
            AND (entry.at > close.since OR close.since IS NULL)
    WHERE entry.organisation = close.organisation_id AND action <> 'day.close'),
acts AS (
    SELECT id, jsonb_object_agg(action, times) AS told, sum(times) AS times
    FROM (SELECT id, action, count(*) AS times FROM done GROUP BY id, action) AS one GROUP BY id),
moved AS (
    SELECT id, jsonb_object_agg(event, times) AS told
    FROM (SELECT done.id, event, count(*) AS times FROM done JOIN card_event USING (operation)
        GROUP BY done.id, event) AS one
    GROUP BY id),
paid AS (
    SELECT id, jsonb_agg(jsonb_build_array(kind, times, fen)) AS told, sum(fen) AS fen
    FROM (SELECT done.id, kind, count(*) AS times,
            sum((convert_from(body, 'UTF8')::jsonb #>> '{facts,fee_fen}')::int) AS fen
        FROM done JOIN application ON application.id = done.application WHERE action = 'application.pay'
        GROUP BY done.id, kind) AS one GROUP BY id)
SELECT 'day ' || day || ' of desk ' || close.organisation_id FROM day_close close
    LEFT JOIN acts USING (id) LEFT JOIN moved USING (id) LEFT JOIN paid USING (id)
WHERE sums -> 'acts' <> coalesce(acts.told, '{}') OR sums -> 'cards' <> coalesce(moved.told, '{}')
    OR NOT (sums -> 'fees' @> coalesce(paid.told, '[]') AND sums -> 'fees' <@ coalesce(paid.told, '[]'))
    OR NOT EXISTS (SELECT FROM audit_entry entry
        WHERE (entry.operation, entry.account, entry.organisation, action)
            = (close.operation, close.account_id, close.organisation_id, 'day.close')
            AND close.at - entry.at BETWEEN interval '0' AND interval '10 minutes'  -- its act began before it
            AND convert_from(body, 'UTF8')::jsonb -> 'facts' @> jsonb_build_object('close', close.id, 'day', day,
                'acts', coalesce(acts.times, 0), 'fees', coalesce(paid.fen, 0)))
    OR close.until > close.at
    OR EXISTS (SELECT FROM account JOIN audit_entry entry ON entry.account = account.id AND entry.at <= close.until
            AND (entry.at > close.since OR close.since IS NULL)
        WHERE account.organisation_id = close.organisation_id AND entry.organisation = close.organisation_id
            AND action <> 'day.close' AND NOT sums -> 'accounts' @> to_jsonb(account.id))
UNION ALL
SELECT 'day ' || day || ' of desk ' || organisation_id || ' does not follow the day before it'
FROM (SELECT *, lag(until) OVER (PARTITION BY organisation_id ORDER BY day) AS before FROM day_close) AS following
WHERE since IS DISTINCT FROM before
