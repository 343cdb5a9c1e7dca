-- I-07 Holder, kind and serial of a card are those it began with
-- A card and its events' audit name the same person; a home path is that of its holder.
SELECT 'card ' || card.id FROM card JOIN resident ON resident.id = card.resident_id
WHERE card.home_path <> resident.home_path
UNION ALL
SELECT 'card ' || card.id FROM card JOIN issuer_identity issuer ON issuer.id = card.issuer_id
WHERE issuer.code <> card.issuer_code
