"""The rehearsal: a plan carried out on a fresh virtual chip, read back, and every key and access condition tried.

A chip in a reader only ever gets a plan that came through here (第十一条).
"""

from __future__ import annotations

from typing import Protocol

from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.host.session import CardSession
from healthcard.card.wire.errors import CardError
from healthcard.perso import checks, execution, proof, verification
from healthcard.perso.dialogue import Dialogue
from healthcard.perso.errors import BadPlan
from healthcard.perso.journal import JobState, Outcome
from healthcard.perso.ledger import Ledger
from healthcard.perso.plan import Plan
from healthcard.perso.rehearsed import RehearsedPlan, made
from healthcard.perso.results import Finished


class Bench(Protocol):
    """Where fresh virtual chips come from."""

    def __call__(self, product: str, chip8: bytes) -> Transport:
        """A blank chip of `product` with this CHIP8 (8 bytes) and the transport key such a chip has."""
        ...


class Rehearser:
    """Rehearses plan after plan on one bench.

    Every card is made, read back, and has its keys proved. That each file opens to its keys and to nobody else, and
    that the locks lock, is tried once for each shape of card (`Plan.shape`): all cards of a shape share it.
    """

    def __init__(self, bench: Bench, keys: CardKeys) -> None:
        self._bench = bench
        self._keys = keys
        self._shapes: set[bytes] = set()

    def rehearse(self, plan: Plan) -> RehearsedPlan:
        """The plan, fit for a chip; raises BadPlan with the reason."""
        checks.check(plan)
        try:
            self._perform(plan)
        except CardError as error:
            raise BadPlan(f"The rehearsal failed: {error}.") from error
        return made(plan)

    def _perform(self, plan: Plan) -> None:
        transport = self._bench(plan.product.name, plan.address.chip)
        dialogue = Dialogue(transport, plan, self._keys)
        if reason := execution.not_for_us(dialogue):
            raise BadPlan(f"The bench gave no fresh chip for this plan: {reason}.")
        dialogue.gain_rights()
        result = execution.make(dialogue, Ledger(NoJournal(), plan))
        if not isinstance(result, Finished):
            raise BadPlan(f"The rehearsal failed: {result.reason}")
        session = CardSession(transport, plan.image.layout, self._keys, plan.address)
        session.reset()
        faults = list(proof.of_keys(session, plan.image))
        if plan.shape not in self._shapes:
            faults += [*verification.after_end(session, plan.image), *proof.of_access(session, plan.image)]
        if faults:
            raise BadPlan(f"The rehearsed card is not as planned: {faults[0].what}.")
        self._shapes.add(plan.shape)


def rehearse(plan: Plan, bench: Bench, keys: CardKeys) -> RehearsedPlan:
    """One plan with all proofs; raises BadPlan."""
    return Rehearser(bench, keys).rehearse(plan)


class NoJournal:
    """A rehearsal leaves no trace."""

    def open(self, plan_digest: bytes, intents: object) -> None:
        """Nothing to keep."""

    def record(self, outcomes: object) -> None:
        """Nothing to keep."""

    def known(self) -> dict[int, Outcome]:
        """Nothing was kept."""
        return {}

    def close(self, state: JobState, reason: str) -> None:
        """Nothing to close."""
