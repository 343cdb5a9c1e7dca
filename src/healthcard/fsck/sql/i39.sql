-- I-39 Paths follow the tree of organisations, and what carries a path carries the right one
-- Row-level security shows rows by these paths.
SELECT 'organisation ' || child.id FROM organisation child LEFT JOIN organisation parent ON parent.id = child.parent_id
WHERE child.path <> coalesce(parent.path, '/') || child.id || '/'
UNION ALL
SELECT 'person ' || resident.id FROM resident JOIN organisation ON organisation.id = home_id WHERE home_path <> path
UNION ALL
SELECT 'application ' || application.id FROM application JOIN resident ON resident.id = resident_id
    JOIN organisation ON organisation.id = desk_id
WHERE application.home_path <> resident.home_path OR desk_path <> path
