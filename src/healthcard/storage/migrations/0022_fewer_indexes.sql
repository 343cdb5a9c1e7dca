-- Two checks at the end of a transaction that most acts cannot fail: they are asked where the answer may be no.
DROP TRIGGER together ON card_event;
CREATE CONSTRAINT TRIGGER together AFTER INSERT ON card_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.event IN ('replaced', 'handed_over')) EXECUTE FUNCTION together();

DROP TRIGGER agrees ON card;
CREATE CONSTRAINT TRIGGER agrees AFTER INSERT ON card DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION card_agrees_with_job();
CREATE CONSTRAINT TRIGGER agrees_after AFTER UPDATE OF life ON card DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.life <> OLD.life) EXECUTE FUNCTION card_agrees_with_job();
