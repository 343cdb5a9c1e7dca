-- I-14 No card was good after its last day
-- By the database's own clock, at the moment it was asked about; which day is the last one may be brought by an event.
SELECT 'verification ' || asked.id FROM verification asked JOIN card ON card.id = asked.card_id
    JOIN passed ON passed.card_id = asked.card_id AND passed.version = asked.card_version
    LEFT JOIN card_event brought ON brought.card_id = asked.card_id AND brought.version = passed.valid_by
WHERE asked.usable AND (asked.started AT TIME ZONE 'Asia/Shanghai')::date
    > coalesce((brought.changes ->> 'valid_until')::date, CASE WHEN NOT EXISTS (SELECT FROM card_event later
        WHERE later.card_id = card.id AND later.changes ? 'valid_until') THEN card.valid_until END)
