-- The second fence around what hangs on a card: its business data on the way to another card, and who asked about it.
ALTER TABLE transfer ENABLE ROW LEVEL SECURITY;
ALTER TABLE first_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE verification ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON transfer USING (EXISTS (SELECT FROM card WHERE card.id = new_card_id));
CREATE POLICY scope ON first_content USING (EXISTS (SELECT FROM card WHERE card.id = card_id));
CREATE POLICY scope ON verification FOR SELECT USING (EXISTS (SELECT FROM card WHERE card.id = card_id));
CREATE POLICY anybody ON verification FOR INSERT WITH CHECK (true);
