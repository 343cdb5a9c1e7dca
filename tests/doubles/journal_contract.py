"""What every journal must do, the double as well as the database's: subclass and give a fixture `journal`."""

from __future__ import annotations

import pytest

from healthcard.perso.journal import Intent, JobState, Journal, Outcome

DIGEST, OTHER = bytes(range(32)), bytes(32)
INTENTS = tuple(Intent(index=n, act=f"write record {n}", path="DDF1/EF05", digest=bytes([n]) * 32) for n in range(3))
STANDBY = Intent(index=3, act="erase DF01", path="DF01", digest=b"\x03" * 32, standby=True)


class JournalContract:
    """Each test has a fresh `journal` of a job that was planned and not begun."""

    def test_opening_again_with_the_same_plan_changes_nothing(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS)
        journal.record([Outcome(index=0, sw=0x9000)])
        journal.open(DIGEST, INTENTS)
        assert journal.known() == {0: Outcome(index=0, sw=0x9000)}

    def test_another_plan_is_refused(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS)
        with pytest.raises(ValueError, match="plan"):
            journal.open(OTHER, INTENTS)

    def test_nothing_is_known_at_first(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS)
        assert journal.known() == {}

    def test_the_last_outcome_of_a_step_counts(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS)
        journal.record([Outcome(index=1, sw=0x6F00), Outcome(index=2, sw=0x9000)])
        journal.record([Outcome(index=1, sw=0x9000, how="found")])
        assert journal.known()[1] == Outcome(index=1, sw=0x9000, how="found")

    def test_a_step_without_intent_may_leave_an_outcome(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS[1:])
        journal.record([Outcome(index=0, sw=0, how="attempt 1")])
        assert journal.known()[0].how == "attempt 1"

    def test_a_job_finishes_when_every_intent_came_out_well(self, journal: Journal) -> None:
        journal.open(DIGEST, (*INTENTS, STANDBY))
        journal.record([Outcome(index=intent.index, sw=0x9000) for intent in INTENTS])
        journal.close(JobState.FINISHED, "")
        with pytest.raises(Exception, match="closed"):
            journal.close(JobState.SCRAPPED, "too late")

    def test_a_job_with_an_open_intent_does_not_finish(self, journal: Journal) -> None:
        journal.open(DIGEST, INTENTS)
        journal.record([Outcome(index=0, sw=0x9000), Outcome(index=1, sw=0x6F00)])
        with pytest.raises(Exception, match="intent"):
            journal.close(JobState.FINISHED, "")

    def test_a_chip_may_be_refused_before_anything_was_opened(self, journal: Journal) -> None:
        journal.close(JobState.REFUSED, "another chip")
