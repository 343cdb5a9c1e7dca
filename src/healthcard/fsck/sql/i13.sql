-- I-13 An oral report lapses at its deadline and not before
-- Other roads back are acts at a desk; none of them begins without a report.
SELECT 'card ' || card_id || ' at ' || version FROM (
    SELECT lapsed.*, (SELECT (changes ->> 'loss_until')::timestamptz FROM card_event told
        WHERE told.card_id = lapsed.card_id AND told.version < lapsed.version AND changes ? 'loss_until'
        ORDER BY told.version DESC LIMIT 1) AS deadline
    FROM card_event lapsed WHERE event = 'oral_lapsed') AS judged
WHERE deadline IS NULL OR at < deadline
