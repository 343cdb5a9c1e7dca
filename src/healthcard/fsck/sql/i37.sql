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
