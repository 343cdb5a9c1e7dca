"""A workbench and a reader for tests of the station: it signs as the real one does, and fails as it is told to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from healthcard_station import signing
from healthcard_station.cards import CardGone
from healthcard_station.pairing import Pairing
from healthcard_station.station import Station
from healthcard_station.talk import Talk
from healthcard_station.workbench import Workbench

SECRET = "5a" * 32
CODE = "7KQ49MXP"


class DoubleDesk:
    """One session of `steps`; `answers` are what the station told. `lose` answers are lost on their way.

    With `device` it asks that one and needs no card.
    """

    def __init__(self, steps=(), device=""):
        self.device = device
        self.steps = list(steps)
        self.answers = {}
        self.heard = []
        self.polls = []
        self.epoch = "first"
        self.highest = 0
        self.lose = 0
        self.secret = SECRET
        self.ended = threading.Event()

    def receive(self, path, body):
        """Status and answer to one request; None: the connection is cut after the request was heard."""
        if path.endswith("/stations"):
            return self._paired(body)
        said = self._signed(body)
        self.lose -= 1
        return None if self.lose >= 0 else said

    def _paired(self, body):
        if body["code"] != CODE:
            return 401, {"title": "配对码不对", "detail": "This code is not known."}
        proof = signing.paired(CODE, challenge=body["challenge"], station=7, secret=SECRET)
        return 200, {"station": 7, "secret": SECRET, "proof": proof}

    def _signed(self, body):
        moment = {"station": body["station"], "epoch": body["epoch"], "counter": body["counter"]}
        key = bytes.fromhex(self.secret)
        if not signing.same(signing.asked(key, message=body["message"], **moment), body["mac"]):
            return 401, {"title": "签名不符", "detail": "This is not signed."}
        if body["epoch"] != self.epoch or body["counter"] <= self.highest:
            said = {"say": "again", "epoch": self.epoch, "counter": self.highest}
        else:
            self.highest = body["counter"]
            said = self._answered(json.loads(body["message"]))
        message = json.dumps(said)
        return 200, {"message": message, "proof": signing.answered(key, message=message, **moment)}

    def _answered(self, message):
        self.heard.append(message["say"])
        if message["say"] == "poll":
            return self._work(message)
        if message["say"] == "answer":
            self.answers[message["number"]] = message["answer"]
        return self._state()

    def _work(self, message):
        self.polls.append(message)
        readers = [each["name"] for each in message["readers"] if each["card"] and each["free"]]
        if (readers or self.device) and not self.ended.is_set() and not message["busy"]:
            reader = "" if self.device else readers[0]
            return {"say": "work", "session": "s1", "reader": reader, "device": self.device, "seconds": 0.02}
        return {"say": "wait", "seconds": 0.02}

    def _state(self):
        due = len(self.answers)
        if due >= len(self.steps) or any("gone" in answer for answer in self.answers.values()):
            self.ended.set()
            return {"say": "state", "state": "ended"}
        return {"say": "state", "state": "step", "step": {"number": due + 1, **self.steps[due]}}

    @contextmanager
    def open(self):
        """Serve; gives its address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def _handler(desk):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = desk.receive(self.path, body)
            if told is None:
                self.close_connection = True
                return
            status, answer = told
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            """Quiet."""

    return Handler


class DoubleCard:
    """Answers 9000; from command `gone_at` on it is out of the reader, at `hangs_at` it waits for `released`."""

    def __init__(self, gone_at=None, hangs_at=None):
        self.heard = []
        self.gone_at, self.hangs_at = gone_at, hangs_at
        self.released = threading.Event()
        self.closed = threading.Event()

    def reset(self):
        return bytes.fromhex("3B8880019000")

    def transmit(self, command):
        self.heard.append(command)
        if self.hangs_at is not None and len(self.heard) >= self.hangs_at:
            self.released.wait(20)
        if self.gone_at is not None and len(self.heard) >= self.gone_at:
            raise CardGone("the card was taken out")
        return b"\x90\x00"

    def close(self):
        self.closed.set()


class DoubleReaders:
    """One card in each reader named; `in_them` may be changed."""

    def __init__(self, **cards):
        self.cards = cards

    def look(self):
        return {name: card is not None for name, card in self.cards.items()}

    def open(self, name):
        if self.cards[name] is None:
            raise CardGone(f"{name}: no card in the reader")
        return self.cards[name]


@contextmanager
def talk_to(address, secret=SECRET, **how):
    talk = Talk(Workbench(address, seconds=5), Pairing(address=address, station=7, secret=secret), **how)
    try:
        yield talk
    finally:
        talk.leave()


@contextmanager
def at_work(address, readers, devices=None, *, seconds=5.0):
    """A station that runs inside the block."""
    with talk_to(address) as talk:
        station = Station(talk, readers, devices, seconds=seconds)
        thread = threading.Thread(target=station.run, daemon=True)
        thread.start()
        try:
            yield station
        finally:
            station.stop()
            thread.join(10)
            assert not thread.is_alive()


def run(*apdus):
    """A step of these commands; all but the last must succeed."""
    last = len(apdus) - 1
    return {
        "kind": "run",
        "commands": [
            {"apdu": apdu, "expect": ["9000", "61xx"] if place < last else []} for place, apdu in enumerate(apdus)
        ],
    }


RESET = {"kind": "reset"}
