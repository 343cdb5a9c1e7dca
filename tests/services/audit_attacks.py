"""What an attacker who owns the database does to the audit: every trigger off, every hash made anew where he can."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from contextlib import contextmanager

from healthcard.keys.anchors import AnchorFile
from healthcard.keys.office import KeyOffice

COLUMNS = ("account", "credential", "organisation", "resident", "card", "application")
TABLES = ("audit_entry", "audit_chain", "audit_anchor")


class Keys:
    """The key service's part of the audit, in this process; the attacker does not reach it."""

    def __init__(self, store, path):
        self.office = KeyOffice(store, anchors=AnchorFile(path))

    def anchor(self, heads, ended=()):
        return self.office.anchor(heads, ended)

    def restored(self, heads, gaps, reason):
        return self.office.restored(heads, gaps, reason)

    def anchors(self):
        return iter(self.office.anchors(0, 1 << 30).splitlines())

    def newest_anchors(self):
        return self.office.newest_anchors()

    def audit_key(self):
        return self.office.audit_key()

    @contextmanager
    def __call__(self):
        yield self


def chained(previous, body):
    return hashlib.new("sm3", previous + body).digest()


class Attacker:
    """Owner of the database; `random` decides what he does. Each attack gives back where it began, chain and number."""

    def __init__(self, connection, random):
        self.sql, self.random = connection, random
        self.sql.execute("SET session_replication_role = replica")
        for table in TABLES:
            self.sql.execute(f"CREATE TABLE IF NOT EXISTS kept_{table} AS TABLE {table}")

    def undo(self):
        for table in TABLES:
            self.sql.execute(f"TRUNCATE {table}")
            self.sql.execute(f"INSERT INTO {table} TABLE kept_{table}")

    def forget(self):
        for table in TABLES:
            self.sql.execute(f"DROP TABLE kept_{table}")

    def entries(self):
        found = defaultdict(list)
        for row in self.sql.execute("SELECT chain, seq, body FROM audit_entry ORDER BY chain, seq"):
            found[row[0]].append(row)
        return found

    def one(self):
        return self.random.choice([row for rows in self.entries().values() for row in rows])

    def edit_column(self):
        chain, seq, _ = self.one()
        column = self.random.choice(COLUMNS)
        self._set(chain, seq, column, f"coalesce({column}, 0) + 1")
        return chain, seq

    def edit_time(self):
        chain, seq, _ = self.one()
        self._set(chain, seq, "at", "at - interval '1 day'")
        return chain, seq

    def edit_action(self):
        chain, seq, _ = self.one()
        self._set(chain, seq, "action", "'nothing'")
        return chain, seq

    def edit_body(self):
        chain, seq, _ = self.one()
        self._set(chain, seq, "body", "set_byte(body, length(body) / 2, get_byte(body, length(body) / 2) # 1)")
        return chain, seq

    def edit_body_and_hash(self):
        chain, seq, body = self.one()
        forged = body.replace(b'"action":"', b'"action":"x')
        previous = self._value(chain, seq, "previous")
        self.sql.execute(
            "UPDATE audit_entry SET body = %s, hash = %s, action = 'x' || action WHERE chain = %s AND seq = %s",
            [forged, chained(previous, forged), chain, seq],
        )
        return chain, seq

    def delete_one(self):
        chain, seq, _ = self.one()
        self._delete(chain, seq, seq)
        return chain, seq

    def delete_tail(self):
        """The end, as if it had never been: the head moved back as well."""
        chain, seq, _ = self.one()
        self._delete(chain, seq, 1 << 62)
        self._head(chain, seq - 1)
        return chain, seq

    def delete_tail_alone(self):
        chain, seq, _ = self.one()
        self._delete(chain, seq, 1 << 62)
        return chain, seq

    def insert(self):
        """An entry that never was, and everything after it moved up and hashed again."""
        chain, seq, body = self.one()
        bodies = [text for _, _, text in self.entries()[chain]]
        bodies.insert(seq - 1, body.replace(b'"action":"', b'"action":"x'))
        self._rewrite(chain, bodies)
        return chain, seq

    def swap(self):
        chain, rows = self.random.choice([(chain, rows) for chain, rows in self.entries().items() if len(rows) > 1])
        first, second = sorted(self.random.sample(range(len(rows)), 2))
        for at, source in ((first, second), (second, first)):
            self.sql.execute(
                "UPDATE audit_entry SET body = %s WHERE chain = %s AND seq = %s", [rows[source][2], chain, at + 1]
            )
        return chain, first + 1

    def copy(self):
        """An entry of one chain in the place of another's."""
        chain, seq, _ = self.one()
        other = self.random.choice([rows for found, rows in self.entries().items() if found != chain])
        body = self.random.choice(other)[2]
        self.sql.execute("UPDATE audit_entry SET body = %s WHERE chain = %s AND seq = %s", [body, chain, seq])
        return chain, seq

    def chain_anew(self):
        """A body changed with its columns, and all hashes after it and the head made to fit."""
        chain, seq, _ = self.one()
        bodies = [text for _, _, text in self.entries()[chain]]
        bodies[seq - 1] = bodies[seq - 1].replace(b'"action":"', b'"action":"x')
        self._rewrite(chain, bodies)
        return chain, seq

    def chain_anew_without_one(self):
        chain, seq, _ = self.one()
        bodies = [text for _, _, text in self.entries()[chain]]
        del bodies[seq - 1]
        self._rewrite(chain, bodies)
        return chain, seq

    def older_snapshot(self):
        """Every table as it was when the chain was shorter, the copies of the anchors too."""
        chain, seq, _ = self.one()
        self._delete(chain, seq, 1 << 62)
        self._head(chain, seq - 1)
        self.sql.execute("DELETE FROM audit_anchor WHERE chain = %s AND seq >= %s", [chain, seq])
        return chain, seq

    def change_anchor(self):
        chain, seq = self._anchor()
        part = self.random.choice(("hash", "signature"))
        self.sql.execute(
            f"UPDATE audit_anchor SET {part} = set_byte({part}, 3, get_byte({part}, 3) # 1) "
            "WHERE chain = %s AND seq = %s",
            [chain, seq],
        )
        return chain, seq

    def move_anchor(self):
        chain, seq = self._anchor()
        self.sql.execute("UPDATE audit_anchor SET seq = seq + 1000 WHERE chain = %s AND seq = %s", [chain, seq])
        return chain, seq

    def insert_anchor(self):
        chain, seq = self._anchor()
        self.sql.execute(
            "INSERT INTO audit_anchor SELECT chain, seq + 1000, hash, at, signature FROM audit_anchor "
            "WHERE chain = %s AND seq = %s",
            [chain, seq],
        )
        return chain, seq

    def move_head(self):
        chain, seq, _ = self.one()
        self.sql.execute("UPDATE audit_chain SET hash = decode(repeat('ab', 32), 'hex') WHERE chain = %s", [chain])
        return chain, seq

    def _anchor(self):
        return self.random.choice(self.sql.execute("SELECT chain, seq FROM audit_anchor").fetchall())

    def _set(self, chain, seq, column, value):
        self.sql.execute(f"UPDATE audit_entry SET {column} = {value} WHERE chain = %s AND seq = %s", [chain, seq])

    def _value(self, chain, seq, column):
        row = self.sql.execute(f"SELECT {column} FROM audit_entry WHERE chain = %s AND seq = %s", [chain, seq])
        return row.fetchone()[0]

    def _delete(self, chain, first, last):
        self.sql.execute("DELETE FROM audit_entry WHERE chain = %s AND seq BETWEEN %s AND %s", [chain, first, last])

    def _head(self, chain, seq):
        value = self._value(chain, seq, "hash") if seq else bytes(32)
        self.sql.execute("UPDATE audit_chain SET seq = %s, hash = %s WHERE chain = %s", [seq, value, chain])

    def _rewrite(self, chain, bodies):
        """The whole chain of these bodies: numbers, columns and hashes all fit."""
        rows = dict(enumerate(bodies, 1))
        self._delete(chain, 1, 1 << 62)
        previous = bytes(32)
        for seq, text in rows.items():
            body = json.loads(text) | {"seq": seq}
            made = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            value = chained(previous, made)
            who, whom = body["who"], body["whom"]
            self.sql.execute(
                "INSERT INTO audit_entry (chain, seq, operation, at, action, account, credential, organisation, "
                "resident, card, application, body, previous, hash) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    *(chain, seq, body["operation"], body["at"], body["action"]),
                    *(who["account"], who["credential"], who["organisation"]),
                    *(whom["resident"], whom["card"], whom["application"], made, previous, value),
                ],
            )
            previous = value
        self.sql.execute("UPDATE audit_chain SET seq = %s, hash = %s WHERE chain = %s", [len(rows), previous, chain])


ATTACKS = tuple(
    name for name in vars(Attacker) if not name.startswith("_") and name not in ("undo", "forget", "entries", "one")
)
EXACT = frozenset(  # the first bad entry is told to the number; the others are told to the anchor
    {
        *("edit_column", "edit_time", "edit_action", "edit_body", "delete_one", "delete_tail", "delete_tail_alone"),
        *("swap", "copy", "older_snapshot", "change_anchor"),
    }
)


def is_found(name, chain, seq, faults):
    """Whether the faults name what this attack did: the very entry, or its chain between two anchors."""
    if name in EXACT:
        return (chain, seq) in {(fault.chain, fault.seq) for fault in faults}
    return chain in {fault.chain for fault in faults}
