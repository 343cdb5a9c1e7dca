-- I-37 What one person accepted or proposed another one reviewed or approved
-- As persons, not as logins.
SELECT 'application ' || application.id FROM application
    JOIN account maker ON maker.id = accepted_by_id JOIN account checker ON checker.id = reviewed_by_id
WHERE maker.id = checker.id OR maker.person_digest = checker.person_digest
UNION ALL
SELECT 'parameters ' || parameter_set.id FROM parameter_set
    JOIN account maker ON maker.id = proposed_by_id JOIN account checker ON checker.id = approved_by_id
WHERE maker.id = checker.id OR maker.person_digest = checker.person_digest
UNION ALL
SELECT 'application ' || id FROM application WHERE (reviewed_by_id IS NULL) <> (reviewed_at IS NULL) AND reviewed_by_id IS NOT NULL
    OR (closed_at IS NULL) <> (state IN ('accepted', 'approved', 'making', 'arrived'))
UNION ALL
SELECT 'lock order ' || lock_order.id FROM lock_order
    LEFT JOIN account maker ON maker.id = ordered_by_id LEFT JOIN account checker ON checker.id = carried_out_by_id
WHERE carried_out_at IS NOT NULL AND (maker.id IS NOT DISTINCT FROM checker.id OR maker.person_digest = checker.person_digest)
    OR carried_out_at < ordered_at OR withdrawn_at IS NOT NULL AND num_nonnulls(carried_out_at, chip_at) > 0
UNION ALL
SELECT 'card ' || event.card_id FROM card_event event
WHERE event.event IN ('app_locked', 'app_unlocked') AND NOT EXISTS (SELECT FROM lock_order
    WHERE lock_order.card_id = event.card_id AND carried_out_at = event.at
        AND wish = CASE event.event WHEN 'app_locked' THEN 'lock' ELSE 'release' END)
