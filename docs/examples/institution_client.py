"""A hospital's front end: follows the feed of changes, asks about cards, registers what it keeps. Python alone.

HEALTHCARD_SECRET=... python institution_client.py http://127.0.0.1:8001 COMMAND ...

follow                                          print changes as they come
ask      ISSUER_CODE ISSUE_SERIAL               whether a card may be used
verify   ISSUER_CODE ISSUE_SERIAL PURPOSE STEP  the same, logged, for a purpose
register ISSUER_CODE ISSUE_SERIAL BUSINESS FILE count and digest of what we keep of a person's business, one item a line
confirm  FILE                                   confirm that what went over to new cards is what we keep
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

PATIENCE = 5  # tries while the server is busy or away
FRESH = 300  # seconds a webhook call may have been under way


class Refused(Exception):
    """The server said no; `problem` is its RFC 9457 object."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['title']} {problem['title_en']}: {problem['detail']}")
        self.problem = problem


class Client:
    """A session of this machine; it logs in again when its hour is over."""

    def __init__(self, server, secret):
        self._server = server.rstrip("/") + "/api/v1"
        self._secret = secret
        self._token = ""

    def status(self, issuer_code, issue_serial):
        """Whether a card may be used now."""
        return self._asked("GET", f"/cards/{issuer_code}/{issue_serial}/status")

    def changes(self, after=""):
        """Changes from a place of the feed on."""
        query = "?" + urllib.parse.urlencode({"after": after}) if after else ""
        return self._asked("GET", f"/changes{query}")

    def verify(self, card, purpose, step, presence=None):
        """The same, logged for a purpose; with `presence` (see `proof`) also whether the chip is there."""
        body = {"card": card, "purpose": purpose, "step": step}
        return self._asked("POST", "/verifications", body | ({"presence": presence} if presence else {}))

    def challenge(self, card):
        """A question for the chip of a card: commands to send to it."""
        return self._asked("POST", "/challenges", {"card": card})

    def register(self, card, business, items, digest):
        """Say what we keep of a person's business under his card."""
        body = {"card": card, "business": business, "items": items, "digest": digest}
        return self._asked("POST", "/registrations", body, key=uuid.uuid4().hex)

    def notices(self):
        """What went over to new cards and we have not confirmed."""
        return self._asked("GET", "/transfer-notices")["items"]

    def confirm(self, notice, items, digest):
        """Say what we keep under the new card; refused unless it is what we had registered."""
        path = f"/transfer-notices/{notice}/confirmation"
        return self._asked("POST", path, {"items": items, "digest": digest}, key=uuid.uuid4().hex)

    def _asked(self, method, path, body=None, key=""):
        if not self._token:
            self._enter()
        try:
            return self._sent(method, path, body, key)
        except Refused as refused:
            if refused.problem["status"] != 401:
                raise
        self._enter()
        return self._sent(method, path, body, key)

    def _enter(self):
        self._token = ""
        self._token = self._sent("POST", "/sessions/machine", {"secret": self._secret})["token"]

    def _sent(self, method, path, body=None, key=""):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        headers |= {"Idempotency-Key": key} if key else {}  # the same in every try: it is done once
        request = urllib.request.Request(self._server + path, data, headers, method=method)  # noqa: S310 - our server
        for _ in range(PATIENCE):
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem, wait = json.load(error), error.headers["Retry-After"]
                if not wait:
                    raise Refused(problem) from None
                time.sleep(int(wait))
        raise Refused(problem)


def follow(client, seconds=5):
    """Print changes as they come, for ever; a real front end keeps `next` and the cards on its disk."""
    heard, after = {}, ""
    while True:
        feed = client.changes(after)
        for change in feed["items"]:
            card = (change["issuer_code"], change["issue_serial"])
            if change["version"] > heard.get(card, 0):
                heard[card] = change["version"]
                print(*card, change["reason"], change["at"], flush=True)
        after = feed["next"]
        if not feed["more"]:
            time.sleep(seconds)


def proof(client, card, transmit):
    """Have the chip in our reader prove that it is this card; `transmit` takes a command and returns data and SW."""
    asked = client.challenge(card)
    for command in asked["commands"]:
        answer = transmit(bytes.fromhex(command))
        if answer[-2] == 0x61:  # T=0: the answer waits to be fetched
            answer = transmit(bytes([0x00, 0xC0, 0x00, 0x00, answer[-1]]))
        if answer[-2:] != b"\x90\x00":
            raise OSError(f"the chip said {answer[-2:].hex().upper()}")
    return {"challenge": asked["challenge"], "answer": answer[:-2].hex()}


def is_ours(secret, headers, body, now):
    """Whether a call to our webhook came from the server, and lately; heed each Healthcard-Delivery once."""
    sent, delivery = headers["Healthcard-Timestamp"], headers["Healthcard-Delivery"]
    signed = dict(part.split("=") for part in headers["Healthcard-Signature"].split(","))
    due = hmac.new(secret.encode(), f"{sent}.{delivery}.".encode() + body, "sha256").hexdigest()
    return hmac.compare_digest(signed["sha256"], due) and abs(now - int(sent)) <= FRESH


def counted(path):
    """How many items a file of ours holds, one a line, and a digest over them in any order."""
    lines = Path(path).read_bytes().splitlines()
    items = sorted(hashlib.sha256(line.strip()).digest() for line in lines if line.strip())
    return {"items": len(items), "digest": hashlib.sha256(b"".join(items)).hexdigest()}


def run(client, command, *given):
    """Do what the command line says; what is to be printed."""
    card = dict(zip(("issuer_code", "issue_serial"), given, strict=False))
    if command == "ask":
        return client.status(*given)
    if command == "verify":
        return client.verify(card, *given[2:])
    if command == "register":
        return client.register(card, given[2], **counted(given[3]))
    return [client.confirm(notice["id"], **counted(given[0])) for notice in client.notices()]


if __name__ == "__main__":
    server, command, *rest = sys.argv[1:]
    hospital = Client(server, os.environ["HEALTHCARD_SECRET"])
    try:
        if command == "follow":
            follow(hospital)
        else:
            print(json.dumps(run(hospital, command, *rest), ensure_ascii=False))
    except Refused as refused:
        sys.exit(str(refused))
