-- I-54 A page of a signed form is of its application's person, pages have no gap, none is empty without a deletion
SELECT 'page ' || page.id FROM application_scan page LEFT JOIN application ON application.id = page.application_id
    LEFT JOIN resident ON resident.id = page.resident_id
WHERE application.resident_id IS DISTINCT FROM page.resident_id OR length(page.digest) <> 32
    OR (page.sealed = '') <> (resident.erased_at IS NOT NULL)
UNION ALL
SELECT 'application ' || application_id FROM application_scan GROUP BY application_id
HAVING min(page) <> 1 OR max(page) <> count(*) OR count(DISTINCT digest) <> count(*)
