"""A record made in bulk, with histories, audit chains and all: what the checker is tried and timed on.

It is copied in past every trigger, so whatever the database would have kept is written here again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

BEGINNING = datetime(2026, 1, 5, 1, tzinfo=UTC)
ISSUER, CHAINS = "9" * 22, 8
INITIAL = {
    "life": "planned",
    "loss": "none",
    "pin_locked": False,
    "app_lock": "none",
    "suspended": False,
    "place": "none",
    "chip_end": "none",
    "end_reason": "",
}
MADE = [("ordered", {"place": "maker"}), ("made", {"life": "made"}), ("arrived", {"place": "desk", "place_org": 3})]
HANDED = ("handed_over", {"life": "issued", "place": "holder"})
LOST = [("written_loss", {"loss": "written", "place": "lost", "loss_until": None})]
FOUND = [*LOST, ("unlossed", {"loss": "none", "place": "holder"})]
LOCKED = [("pin_locked", {"pin_locked": True}), ("unlocked", {"pin_locked": False})]
SUPERVISED = [("app_locked", {"app_lock": "temporary"}), ("app_unlocked", {"app_lock": "none"})]
ENDED = [
    ("terminated", {"life": "ended", "end_reason": "death", "place": "recovered"}),
    ("locked_on_chip", {"chip_end": "locked", "app_lock": "permanent"}),
]
REPLACED = ("replaced", {"life": "ended", "end_reason": "replaced", "place": "recovered"})


class Population:
    """Rows of every table for some people, by table; `fill` copies them into an empty database."""

    def __init__(self, people: int) -> None:
        self.rows: dict[str, list[dict[str, object]]] = defaultdict(list)
        self.heads = {chain: (0, bytes(32)) for chain in range(CHAINS + 1)}
        self.told: dict[int, str] = {}
        self.operations = self.cards = 0
        self._organisations()
        for number in range(1, people + 1):
            self._person(number)
        self.rows["issue_serial"].append({"issuer_code": ISSUER, "last": self.cards})
        self._paid(1)
        self._closed_day()

    def fill(self, connection) -> None:
        """Copy everything in, past triggers and keys; `connection` is the superuser's."""
        connection.execute("SET session_replication_role = replica")
        for table, rows in self.rows.items():
            columns = list(rows[0])
            with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([json.dumps(v) if isinstance(v, dict | list) else v for v in row.values()])
        for chain, (seq, hashed) in self.heads.items():
            connection.execute("UPDATE audit_chain SET seq = %s, hash = %s WHERE chain = %s", (seq, hashed, chain))
        summed = "SELECT table_name FROM information_schema.columns WHERE column_name = 'row_sum'"
        for (table,) in connection.execute(summed).fetchall():
            connection.execute(f"UPDATE {table} AS one SET row_sum = hash_record_extended(one, 0)")
        connection.execute("SET session_replication_role = origin")
        connection.execute("ANALYZE")

    def _organisations(self) -> None:
        tree = [
            (1, "ministry", None, "/1/", None),
            (2, "province", 1, "/1/2/", ISSUER),
            (3, "desk", 2, "/1/2/3/", None),
        ]
        for number, kind, parent, path, code in tree:
            self.rows["organisation"].append(
                {
                    "id": number,
                    "code": f"99000{number}",
                    "name": f"机构{number}",
                    "kind": kind,
                    "parent_id": parent,
                    "division": "990000",
                    "issuer_code": code,
                    "credit_code": "",
                    "path": path,
                }
            )
        for number, role in ((1, "clerk"), (2, "reviewer"), (3, "auditor")):
            self.rows["account"].append(
                {
                    "id": number,
                    "password": "!",
                    "username": role,
                    "full_name": role,
                    "organisation_id": 3,
                    "role": role,
                    "is_active": True,
                    "person_digest": hashlib.sha256(role.encode()).digest(),
                    "second_factor_step": 0,
                    "failures": 0,
                    "must_change": False,
                }
            )
        day = BEGINNING.date()
        self.rows["issuer_identity"].append(
            {
                "id": 1,
                "organisation_id": 2,
                "name": "测试省",
                "code": ISSUER,
                "certificate": bytes(180),
                "valid_from": day,
                "valid_to": day.replace(year=2056),
            }
        )

    def _person(self, number: int) -> None:
        digest = hashlib.sha256(b"person %d" % number).digest()
        self.rows["resident"].append(
            {
                "id": number,
                "identity_digest": digest,
                "sealed": bytes(40),
                "name_masked": "张*",
                "document_kind": "01",
                "document_masked": "990101********001X",
                "birth_year": 1980,
                "home_id": 3,
                "home_path": "/1/2/3/",
                "created_at": BEGINNING,
                "updated_at": BEGINNING,
            }
        )
        for kind in ("document", "name", "name_birth"):
            own = digest if kind == "document" else hashlib.sha256(b"%s %d" % (kind.encode(), number)).digest()
            self.rows["resident_key"].append({"resident_id": number, "kind": kind, "digest": own, "masked": ""})
        events = 0
        for steps in self._history(number):
            events += len(steps)
        self.rows["person_version"].append({"resident_id": number, "version": events})

    def _history(self, number: int) -> Iterator[list[tuple[int, str]]]:
        """The acts of one person's life with cards: plain, lost and found, locked, ended, replaced, in the making."""
        self.version = 0
        kind = number % 6
        first = self._card(number)
        for step in MADE[: 1 if kind == 5 else 3]:
            yield self._act(number, [(first, *step)])
        if kind == 5:
            return
        wish = self._application(number, "first_issue", None, "completed")
        first["application_id"] = wish
        yield self._act(number, [(first, *HANDED)])
        self._scan(wish, number)
        asked = self._application(number, "unlock", first["id"], "completed") if kind == 2 else None
        for step in {1: FOUND, 2: LOCKED, 3: ENDED}.get(kind, []):
            yield self._act(number, [(first, *step)], asked)
        for step in SUPERVISED if kind == 2 else []:
            yield self._act(number, [(first, *step)])
            self._lock_order(first, step[0])
        if kind == 3:
            self._recovery(first)
        if kind == 4:
            wish = self._application(number, "replacement", first["id"], "completed")
            second = self._card(number)
            second["application_id"] = wish
            for step in MADE:
                yield self._act(number, [(second, *step)])
            yield self._act(number, [(first, *REPLACED), (second, *HANDED)])
            self._recovery(first)
            self._transfer(wish, first, second)
        self._verification(second if kind == 4 else first)

    def _card(self, person: int) -> dict[str, object]:
        self.cards += 1
        day = BEGINNING.date()
        card: dict[str, object] = {
            "id": self.cards,
            "issuer_id": 1,
            "issuer_code": ISSUER,
            "issue_serial": f"{self.cards:010d}",
            "resident_id": person,
            "kind": "formal",
            **INITIAL,
            "product": "jia",
            "layout": "full",
            "application_plan": "resident-full 1",
            "key_version": 1,
            "city": "990100",
            "issued_on": day,
            "valid_until": day.replace(year=2056),
            "chip8": self.cards.to_bytes(8, "big"),
            "answer_to_reset": b"a" * 13,
            "ended_because": "",
            "created_at": BEGINNING,
            "made_at": None,
            "version": 0,
            "loss_until": None,
            "place_org_id": None,
            "application_id": None,
            "home_path": "/1/2/3/",
        }
        self.rows["card"].append(card)
        return card

    def _act(self, person: int, steps, application: int | None = None) -> list[tuple[int, str]]:
        """One act, over the API, with the answer that was kept of it."""
        self.operations += 1
        operation, at, told = UUID(int=self.operations), BEGINNING + timedelta(seconds=self.operations), []
        for card, event, changes in steps:
            self.version += 1
            card["version"] += 1
            for fact, value in changes.items():
                card["place_org_id" if fact == "place_org" else fact] = value
            told.append((card["id"], card["version"], event))
            self.rows["card_event"].append(
                {
                    "card_id": card["id"],
                    "version": card["version"],
                    "person_version": self.version,
                    "event": event,
                    "changes": changes,
                    "operation": operation,
                    "application_id": application,
                    "account_id": 1,
                    "organisation_id": 3,
                    "at": at,
                }
            )
            self._after(card, event, at)
        self._entry(operation, at, {"resident": person, "card": steps[0][0]["id"]}, rule=told[0][2], events=told)
        return told

    def _paid(self, application: int) -> None:
        """A fee for an application, taken at the end."""
        self.operations += 1
        at = BEGINNING + timedelta(seconds=self.operations)
        self._entry(UUID(int=self.operations), at, {"application": application}, action="application.pay", fee_fen=2500)

    def _closed_day(self) -> None:
        """Everything so far as one closed day of the desk."""
        cards = Counter(each["event"] for each in self.rows["card_event"])
        acts = Counter(each["action"] for each in self.rows["audit_entry"])
        sums = {"acts": acts, "cards": cards, "fees": [["first_issue", 1, 2500]], "accounts": [1, 2, 3]}
        until = BEGINNING + timedelta(seconds=self.operations)
        self.operations += 1
        operation, at = UUID(int=self.operations), BEGINNING + timedelta(seconds=self.operations)
        row = {"id": 1, "organisation_id": 3, "day": at.date(), "since": None, "until": until, "sums": sums}
        written = at + timedelta(seconds=0.01)  # its act began before
        self.rows["day_close"].append({**row, "account_id": 1, "operation": operation, "at": written})
        told = {"close": 1, "day": at.date().isoformat(), "fees": 2500, "acts": acts.total()}
        self._entry(operation, at, {}, action="day.close", **told)

    def _after(self, card, event: str, at: datetime) -> None:
        if event == "made":
            card["made_at"] = at
            self._job(card, at)
        reason = {"planned": "not_issued", "made": "not_issued", "ended": "ended"}.get(card["life"]) or (
            "lost" if card["loss"] == "written" else "locked" if card["app_lock"] == "temporary" else "usable"
        )
        if reason != self.told.get(card["id"], "not_issued"):
            self.told[card["id"]] = reason
            change = {"card_id": card["id"], "version": card["version"], "usable": reason == "usable"}
            self.rows["card_change"].append({**change, "reason": reason, "at": at, "xid": 1})

    def _job(self, card, at: datetime) -> None:
        job = {"id": card["id"], "card_id": card["id"], "state": "finished", "plan_digest": bytes(32), "product": "jia"}
        times = {"planned_at": at, "opened_at": at, "closed_at": at}
        self.rows["perso_job"].append({**job, "chip8": card["chip8"], "operator_id": 1, "reason": "", **times})
        step = {"job_id": card["id"], "index": 0}
        self.rows["perso_intent"].append({**step, "act": "a", "path": "MF", "digest": bytes(32), "standby": False})
        self.rows["perso_outcome"].append({**step, "sw": 0x9000, "how": "sent", "recorded_at": at})

    def _application(self, person: int, kind: str, card: object, state: str) -> int:
        number = len(self.rows["application"]) + 1
        at = BEGINNING + timedelta(seconds=self.operations)
        self.rows["application"].append(
            {
                "id": number,
                "number": f"A{number:09d}",
                "kind": kind,
                "state": state,
                "resident_id": person,
                "card_id": card,
                "reason": "damaged",
                "sealed": bytes(40),
                "presented": ["01"],
                "by": "holder",
                "channel": "counter",
                "desk_id": 3,
                "accepted_by_id": 1,
                "accepted_at": at,
                "fee_fen": 0,
                "fee_waiver": "",
                "receipt": "",
                "verification": "",
                "content_digest": bytes(32),
                "reviewed_by_id": 2,
                "reviewed_at": at,
                "opinion": "同意",
                "outcome": "",
                "closed_at": at,
                "version": 3,
                "home_path": "/1/2/3/",
                "desk_path": "/1/2/3/",
            }
        )
        return number

    def _scan(self, application: int, person: int) -> None:
        """The signed form that came back, two pages."""
        for page in (1, 2):
            digest = hashlib.sha256(b"%d %d" % (application, page)).digest()
            row = {"application_id": application, "resident_id": person, "page": page, "sealed": bytes(40)}
            self.rows["application_scan"].append({**row, "digest": digest, "account_id": 1, "at": BEGINNING})

    def _answer(self, operation: UUID, at: datetime) -> None:
        kept = {"client": "account:1", "key": f"key-{operation}", "fingerprint": bytes(32), "status": 200}
        self.rows["idempotent_answer"].append({**kept, "body": b"{}", "at": at, "request": operation.hex})

    def _recovery(self, card) -> None:
        at = BEGINNING + timedelta(seconds=self.operations)
        row = {"card_id": card["id"], "organisation_id": 3, "received_by_id": 1, "received_at": at}
        self.rows["recovery"].append({**row, "receipt": f"R{card['id']}"})

    def _lock_order(self, card, event) -> None:
        at = BEGINNING + timedelta(seconds=self.operations)
        people = {"ordered_by_id": 2, "ordered_at": at, "carried_out_by_id": 1, "carried_out_at": at, "chip_at": at}
        wish = {"wish": "lock" if event == "app_locked" else "release", "reason": "疑似转借"}
        self.rows["lock_order"].append({"card_id": card["id"], **wish, **people})

    def _transfer(self, application: int, old, new) -> None:
        at, digest = BEGINNING + timedelta(seconds=self.operations), hashlib.sha256(b"items").digest()
        row = {"application_id": application, "old_card_id": old["id"], "new_card_id": new["id"], "source": "chip"}
        counts = {"items": 7, "digest": digest, "written_items": 7, "written_digest": digest, "not_transferable": []}
        self.rows["transfer"].append({**row, **counts, "opened_at": at, "closed_at": at})
        kept = {"resident_id": new["resident_id"], "organisation_id": 3, "card_id": new["id"], "business": "门诊"}
        self.rows["registration"].append({**kept, "items": 2, "digest": digest, "at": at})

    def _verification(self, card) -> None:
        usable = card["life"] == "issued" and card["loss"] == "none"
        at = BEGINNING + timedelta(seconds=self.operations)
        row = {"card_id": card["id"], "card_version": card["version"], "organisation_id": 3, "purpose": "treatment"}
        said = {"step": "register", "usable": usable, "reason": "usable" if usable else "ended", "present": False}
        self.rows["verification"].append({**row, **said, "started": at, "at": at})

    def _entry(self, operation: UUID, at: datetime, whom, *, action: str = "test.act", rule: str = "", **facts) -> None:
        chain = whom.get("resident", 0) % CHAINS
        seq, previous = self.heads[chain]
        who = {
            "account": 1,
            "credential": None,
            "organisation": 3,
            "terminal": "",
            "address": "",
            "request": operation.hex,
        }
        body = {
            "operation": str(operation),
            "action": action,
            "who": who,
            "whom": {"resident": None, "card": None, "application": None} | whom,
            "rule": rule,
            "article": "12",
            "facts": facts,
            "chain": chain,
            "seq": seq + 1,
            "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        hashed = hashlib.new("sm3", previous + text).digest()
        self.heads[chain] = (seq + 1, hashed)
        row = {"chain": chain, "seq": seq + 1, "operation": operation, "at": at, "action": action, "account": 1}
        ids = {"organisation": 3, **body["whom"]}
        self.rows["audit_entry"].append({**row, **ids, "body": text, "previous": previous, "hash": hashed})
        self._answer(operation, at)
