"""The long proofs. A module `prove/<name>.py` has `prove() -> Iterable[str]`: one line for each proof, and raises
`Disproved` when what it set out to prove is not so."""


class Disproved(Exception):
    """A proof failed; the message is its line."""
