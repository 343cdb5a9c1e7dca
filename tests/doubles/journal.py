"""The journal without a database: same contract, kept in lists; `log` tells what was committed in which order."""

from __future__ import annotations

from collections.abc import Sequence

from healthcard.card.wire.status import OK
from healthcard.perso.journal import Intent, JobState, Outcome


class MemoryJournal:
    """One job's journal."""

    def __init__(self) -> None:
        self.digest: bytes | None = None
        self.intents: tuple[Intent, ...] = ()
        self.outcomes: list[Outcome] = []
        self.state = JobState.PLANNED
        self.reason = ""
        self.commits = 0

    def open(self, plan_digest: bytes, intents: Sequence[Intent]) -> None:
        if self.digest is not None:
            if self.digest != plan_digest:
                raise ValueError("this job was opened with another plan")
            return
        self.digest, self.intents, self.state = plan_digest, tuple(intents), JobState.WRITING
        self.commits += 1

    def record(self, outcomes: Sequence[Outcome]) -> None:
        if self.state is not JobState.WRITING:
            raise ValueError("outcomes are for jobs that write")
        self.outcomes += outcomes
        self.commits += 1

    def known(self) -> dict[int, Outcome]:
        return {outcome.index: outcome for outcome in self.outcomes}

    def close(self, state: JobState, reason: str) -> None:
        if state in (JobState.PLANNED, JobState.WRITING):
            raise ValueError(f"a job does not end as {state}")
        if self.state not in (JobState.PLANNED, JobState.WRITING):
            raise ValueError("the job is closed already")
        if state is JobState.FINISHED:
            known = self.known()
            due = [one.index for one in self.intents if not one.standby]
            if bad := [index for index in due if index not in known or known[index].sw != OK]:
                raise ValueError(f"intents {bad} have not come out well")
        if state in (JobState.SCRAPPED, JobState.REFUSED) and not reason:
            raise ValueError("a bad end has a reason")
        self.state, self.reason = state, reason
        self.commits += 1
