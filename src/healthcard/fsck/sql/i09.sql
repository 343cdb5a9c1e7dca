-- I-09 Every event follows its rule, versions of cards and persons have no gap
-- What a rule wants before, what it sets and what it may bring; rules are the database's own table.
WITH shape AS (SELECT event, before, changes, brought, min(sample) AS card_id FROM step GROUP BY 1, 2, 3, 4)
SELECT 'card ' || card_id || ': ' || shape.event FROM shape
    LEFT JOIN lifecycle_rule rule ON rule.event = shape.event AND NOT starts_with(rule.event, 'application.')
WHERE rule.event IS NULL
    OR EXISTS (SELECT FROM jsonb_each(requires) AS want WHERE NOT want.value @> jsonb_build_array(before -> want.key))
    OR EXISTS (SELECT FROM jsonb_each(sets) AS set WHERE NOT changes ? set.key
        OR NOT set.value @> jsonb_build_array(changes -> set.key))
    OR EXISTS (SELECT FROM jsonb_object_keys(changes) AS key WHERE NOT sets ? key)
    OR EXISTS (SELECT FROM unnest(brought) AS key WHERE NOT carries ? key)
UNION ALL
SELECT 'card ' || card_id || ' has a gap' FROM card_event GROUP BY card_id
HAVING min(version) <> 1 OR max(version) <> count(*)
UNION ALL
SELECT 'event without card ' || card_id FROM card_event WHERE NOT EXISTS (SELECT FROM card WHERE id = card_id)
UNION ALL
SELECT 'person ' || resident_id || ' has a gap' FROM (
    SELECT resident_id, count(*) AS events, count(DISTINCT person_version) FILTER (WHERE person_version > 0) AS own,
        count(*) FILTER (WHERE person_version > 0) AS later, max(person_version) AS highest FROM passed GROUP BY 1
    ) AS counted LEFT JOIN person_version USING (resident_id)
WHERE own <> later OR person_version.version IS DISTINCT FROM events OR highest > events
UNION ALL
SELECT 'person ' || resident_id FROM person_version
WHERE version <> 0 AND NOT EXISTS (SELECT FROM card WHERE card.resident_id = person_version.resident_id)
