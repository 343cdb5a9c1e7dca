-- I-13 An oral report lapses at its deadline and not before
-- Other roads back are acts at a desk; none of them begins without a report.
SELECT 'card ' || card_id || ' at ' || version FROM replay
WHERE event = 'oral_lapsed' AND (before ->> 'loss_until' IS NULL OR at < (before ->> 'loss_until')::timestamptz)
