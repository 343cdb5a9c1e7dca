"""Any bytes, and many valid commands in any order: never an exception, never a 9000 that was not earned."""

from __future__ import annotations

import pytest
from chip_bench import (
    FILES,
    KEY_NAMES,
    LAYOUT,
    PRODUCTS,
    STAGES,
    TRANSPORT_KEY,
    TRANSPORT_KIDS,
    Maker,
    block_application,
    chip_at,
    enter,
    key_of,
)
from chip_oracle import Oracle, Unearned, WatchedChip
from chip_scenario import OTHER_KEY, STALE, Player
from chip_terminal import TEXT, Terminal, div, flagged, sealed, token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthcard.card.os.chip import restore

COMMANDS = 20_000
EXAMPLES = 26
SHORTEST, LONGEST = 24, 64
EACH = COMMANDS // (len(PRODUCTS) * len(STAGES))

FIDS = ["3F00", "DDF1", "DF01", "DF02", "DF03", *{file.path.split("/")[1] for file in FILES}]
INSTRUCTIONS = bytes.fromhex("A4B0B2D6DCE2D20C8482882024 5E1E1816C0E0D4F4CA0E10 1A".replace(" ", ""))
CLASSES = b"\x00\x04\x80\x84"
UPDATABLE = ("DDF1/EF08", "DF01/EF05", "DF02/EF07", "DDF1/EF07", "DDF1/EF06")
RECORDS = {"V": "070420310101", "Y": "07" * 20, "T": "AABBCC"}
HEADERS = {"V": "04DC0104", "Y": "04DC0003", "T": "04D60000"}

Step = tuple[str, ...]


def steps() -> st.SearchStrategy[Step]:
    right_mostly = st.sampled_from(("", "", "", "wrong", "stale", "other"))
    return st.one_of(
        st.tuples(st.just("raw"), st.binary(max_size=24).map(bytes.hex)),
        st.tuples(st.just("raw"), _headed()),
        st.tuples(st.just("select"), st.sampled_from(FIDS)),
        st.tuples(st.just("enter"), st.sampled_from([d.path for d in LAYOUT.directories])),
        st.tuples(
            st.just("raw"), st.sampled_from(("00B20104", "00B2010400", "00B2390005", "00B0000010", "00B0870002"))
        ),
        st.tuples(st.just("raw"), st.sampled_from(("00D6000003AABBCC", "00D6000000", "00DC010406070420310102"))),
        st.tuples(st.just("auth"), st.sampled_from(KEY_NAMES), st.sampled_from(("", "", "", "wrong", "stale"))),
        st.tuples(st.just("seal"), st.sampled_from(UPDATABLE), right_mostly),
        st.tuples(st.just("flag"), st.sampled_from(("84D20104", "840C0104")), st.just("STK_DF03"), right_mostly),
        st.tuples(st.just("flag"), st.sampled_from(("841E0000", "841E0001", "84180000")), _stk(), right_mostly),
        st.tuples(st.just("flag"), st.sampled_from(("84160000", "84240000")), _stk(), right_mostly),
        st.tuples(st.just("raw"), st.sampled_from(("0020000003123456", "0020000003654321", "805E010006123456FF2468"))),
        st.tuples(st.just("make"), st.integers(0, 60).map(str)),
        st.tuples(st.just("transport"), st.sampled_from(("", "wrong", "wrong"))),
        st.tuples(st.just("end")),
        st.tuples(st.sampled_from(("reset", "revive", "end", "erase"))),
        *[st.tuples(st.just("goal"), st.sampled_from(sorted(GOALS)))] * 3,
    )


def _headed() -> st.SearchStrategy[str]:
    """A known instruction with any parameters and data."""
    head = st.tuples(st.sampled_from(CLASSES), st.sampled_from(INSTRUCTIONS), st.integers(0, 255), st.integers(0, 255))
    return st.tuples(head, st.binary(max_size=36)).map(
        lambda both: (bytes(both[0]) + (bytes([len(both[1])]) + both[1] if both[1] else b"")).hex()
    )


def _stk() -> st.SearchStrategy[str]:
    return st.sampled_from([name for name in KEY_NAMES if name.startswith("STK")])


class Actor:
    """Does the steps; what a step needs of the session it gets from the chip, as a client does."""

    def __init__(self, product: str, stage: str) -> None:
        self.oracle = Oracle(product, stage)
        self.count = 0
        self._insert(chip_at(product, stage))

    def _insert(self, chip: object) -> None:
        self.watched = WatchedChip(chip, self.oracle)  # type: ignore[arg-type]  # a chip, or what restore made of one
        self.terminal = Terminal(self.watched)  # type: ignore[arg-type]  # the watched chip has a chip's surface
        self.maker = Maker(self.terminal)

    def do(self, step: Step) -> None:
        before = self.watched.count
        getattr(self, step[0])(*step[1:])
        self.count += max(self.watched.count - before, 0)

    def raw(self, command: str) -> None:
        self.terminal.send(bytes.fromhex(command))

    def select(self, fid: str) -> None:
        self.terminal.send(f"00A4000002{fid}")

    def enter(self, directory: str) -> None:
        for fid in {"MF": ("3F00",), "DDF1": ("DDF1",)}.get(directory, ("DDF1", directory)):
            self.select(fid)

    def auth(self, name: str, how: str) -> None:
        kid, key = LAYOUT.key(name).kid, OTHER_KEY if how == "wrong" else key_of(name)
        challenge = STALE if how == "stale" else self._challenge()
        self._external(kid, key, challenge)

    def transport(self, how: str) -> None:
        key = OTHER_KEY if how == "wrong" else TRANSPORT_KEY
        self._external(TRANSPORT_KIDS[self.terminal.chip.product], key, self._challenge())

    def _external(self, kid: int, key: bytes, challenge: bytes) -> None:
        shown = token(div(key, challenge), TEXT)
        self.terminal.send(bytes([0x00, 0x82, 0x00, kid, 0x11]) + shown + TEXT + b"\x01")

    def _challenge(self) -> bytes:
        return self.terminal.send("0084000008")[0].ljust(8, b"\x00")[:8]

    def seal(self, path: str, how: str) -> None:
        file = next(file for file in FILES if file.path == path)
        directory, fid = path.split("/")
        self.select(fid)
        stk = file.maintain if file.maintain != "never" else f"STK_{directory}"
        self._secured(sealed, HEADERS[file.kind], stk, how, bytes.fromhex(RECORDS[file.kind]))

    def flag(self, header: str, stk: str, how: str) -> None:
        self._secured(flagged, header, stk, how, b"")

    def _secured(self, make: object, header: str, stk: str, how: str, data: bytes) -> None:
        challenge = STALE if how == "stale" else self._challenge()
        key = OTHER_KEY if how == "other" else key_of(stk)
        command = make(div(key, challenge), bytes.fromhex(header), data)  # type: ignore[operator]  # sealed or flagged
        if how == "wrong":
            command = command[:-1] + bytes([command[-1] ^ 1])
        self.terminal.send(command)

    def make(self, index: str) -> None:
        commands = self.maker.all_commands()
        self.terminal.send(commands[int(index) % len(commands)])

    def end(self) -> None:
        self.terminal.send(self.maker.end())

    def erase(self) -> None:
        self.terminal.send(self.maker.erase())

    def reset(self) -> None:
        self.watched.reset()

    def revive(self) -> None:
        self._insert(restore(self.watched.dump()))

    def goal(self, name: str) -> None:
        """A whole valid road: what random single steps would seldom find."""
        for step in GOALS[name]:
            self.do(step)


GOALS: dict[str, tuple[Step, ...]] = {
    "read holder": (("enter", "DDF1"), ("select", "EF06"), ("auth", "RK1_DDF1", ""), ("raw", "00B2010400")),
    "write photo": (("enter", "DDF1"), ("select", "EF07"), ("auth", "UK1_DDF1", ""), ("raw", "00D6000003AABBCC")),
    "pay": (("enter", "DDF1"), ("select", "EF08"), ("auth", "UK1_DDF1", ""), ("seal", "DDF1/EF08", "")),
    "allergy": (("enter", "DF02"), ("select", "EF07"), ("auth", "UK3_DF02", ""), ("seal", "DF02/EF07", "")),
    "mark": (("enter", "DF03"), ("select", "EF05"), ("auth", "UK1_DF03", ""), ("flag", "84D20104", "STK_DF03", "")),
    "erase mark": (
        ("enter", "DF03"), ("select", "EF05"), ("auth", "UK2_DF03", ""), ("flag", "840C0104", "STK_DF03", ""),
    ),
    "lock": (("enter", "DF01"), ("auth", "LK_DF01", ""), ("flag", "841E0000", "STK_DF01", "")),
    "unlock": (("enter", "DF01"), ("auth", "LK_DF01", ""), ("flag", "84180000", "STK_DF01", "")),
    "lock, unlock": (
        ("enter", "DF01"), ("auth", "LK_DF01", ""), ("flag", "841E0000", "STK_DF01", ""), ("auth", "LK_DF01", ""),
        ("flag", "84180000", "STK_DF01", ""),
    ),
    "make": (("reset",), ("transport", ""), *(("make", str(number)) for number in range(8))),
    "write by identifier": (("enter", "DDF1"), ("auth", "UK1_DDF1", ""), ("raw", "00D6870003AABBCC")),
    "lock for ever": (("enter", "DF02"), ("auth", "LK_DF02", ""), ("flag", "841E0001", "STK_DF02", "")),
    "pin": (("enter", "DDF1"), ("raw", "0020000003123456"), ("flag", "84240000", "STK_DDF1", "")),
    "kill": (("enter", "MF"), ("auth", "BK_MF", ""), ("flag", "84160000", "STK_MF", "")),
}  # fmt: skip
COMBINATIONS = [(product, stage) for product in PRODUCTS for stage in STAGES]


@pytest.mark.parametrize(("product", "stage"), COMBINATIONS)
def test_random_commands_never_crash_the_chip_and_never_get_what_they_did_not_earn(product: str, stage: str) -> None:
    played = 0

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(steps(), min_size=SHORTEST, max_size=LONGEST))
    def play(some: list[Step]) -> None:
        nonlocal played
        actor = Actor(product, stage)
        for step in some:
            actor.do(step)
        played += actor.count

    play()
    assert played >= EACH, f"only {played} commands"


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.binary(max_size=270), min_size=1, max_size=10), st.sampled_from(COMBINATIONS))
def test_any_bytes_at_all_are_answered(some: list[bytes], where: tuple[str, str]) -> None:
    chip = chip_at(*where)
    chip.reset()
    assert all(2 <= len(chip.transmit(raw)) <= 258 for raw in some)


def _player_with_oracle(stage: str) -> tuple[Terminal, Oracle]:
    oracle = Oracle("jia", stage)
    return Terminal(WatchedChip(chip_at("jia", stage), oracle)), oracle  # type: ignore[arg-type]  # a chip's surface


UNSEEN_IN_MEMORY = {"pin", "unlock", "make", "lock, unlock"}


@pytest.mark.parametrize("goal", sorted(set(GOALS) - UNSEEN_IN_MEMORY))
def test_the_oracle_sees_every_goal_reached(goal: str) -> None:
    """A witness that never sees a success proves nothing."""
    actor = Actor("jia", "personalised")
    actor.goal(goal)
    assert actor.terminal.chip.dump() != chip_at("jia", "personalised").dump()


def test_the_oracle_sees_a_chip_made_and_an_application_unlocked() -> None:
    actor = Actor("yi", "blank")
    actor.goal("make")
    assert actor.oracle.remade
    actor = Actor("bing", "locked")
    actor.goal("unlock")
    assert actor.oracle.blocks == {"DF02": 2}


@pytest.mark.parametrize("forgotten", ["RK1_DDF1", "UK1_DDF1", "UK1_DF03", "LK_DF01", "BK_MF"])
def test_the_oracle_cries_out_when_a_success_was_not_earned(forgotten: str) -> None:
    """The oracle is made to miss one authentication: it must then call the success that follows unearned."""
    road = {
        "RK1_DDF1": "read holder", "UK1_DDF1": "pay", "UK1_DF03": "mark", "LK_DF01": "lock", "BK_MF": "kill",
    }[forgotten]  # fmt: skip
    actor = Actor("jia", "personalised")
    *before, last = GOALS[road]
    for step in before:
        actor.do(step)
    actor.oracle.grants.discard(forgotten)
    with pytest.raises(Unearned):
        actor.do(last)


def test_the_oracle_cries_out_over_a_wrong_mac_and_a_used_challenge() -> None:
    terminal, oracle = _player_with_oracle("personalised")
    enter(terminal, "DDF1")
    oracle.see(bytes.fromhex("0084000008"), bytes(8) + b"\x90\x00")
    wrong = bytes.fromhex("0082000411") + bytes(17)
    with pytest.raises(Unearned, match="wrong key"):
        oracle.see(wrong, b"\x90\x00")
    with pytest.raises(Unearned, match="challenge"):
        oracle.see(wrong, b"\x90\x00")


def test_the_oracle_knows_a_blocked_application() -> None:
    terminal, oracle = _player_with_oracle("personalised")
    block_application(terminal, "DF02", 1)
    with pytest.raises(Unearned, match="blocked"):
        oracle.see(bytes.fromhex("00A4000002EF07"), b"\x90\x00")


def test_players_and_actors_start_from_the_same_card() -> None:
    assert Player("jia", "made").terminal.chip.dump() == Actor("jia", "made").terminal.chip.dump()
