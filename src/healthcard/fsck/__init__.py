"""The independent checker: it derives again from the events, with SQL of its own, what the record claims.

It imports nothing of the rest, works under a database role that may only read, and sees one moment of the database.
"""

from healthcard.fsck.checker import Found, asked, check
from healthcard.fsck.invariants import INVARIANTS, Invariant

__all__ = ["INVARIANTS", "Found", "Invariant", "asked", "check"]
