"""Check a transcript of key ceremonies without the key room: `python tools/ceremonies.py ceremonies.log`.

It imports nothing of this project; hashes are Python's, signatures are verified by the `openssl` command. `--signer`
is the public key (hex) read off at the first ceremony; without it the transcript's own is shown, to be compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

Line = dict[str, object]
FIRST = "0" * 64
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")  # an SM2 public key, then x | y
SIGNER_ID = "1234567812345678"  # GM/T 0009


def canonical(table: Line) -> bytes:
    """The bytes a line is hashed and signed in."""
    return json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read(path: Path) -> Iterator[Line]:
    """The lines; raises ValueError for one that does not parse."""
    for text in path.read_bytes().splitlines():
        line = json.loads(text)
        yield line if isinstance(line, dict) else {}


def faults(lines: list[Line], signer: str) -> Iterator[str]:
    """Everything that is wrong, line by line and over the whole."""
    previous = FIRST
    for number, line in enumerate(lines, 1):
        body = {name: value for name, value in line.items() if name not in {"hash", "signature"}}
        if line.get("line") != number or line.get("previous") != previous:
            yield f"line {number}: does not follow the one before"
        if line.get("hash") != hashlib.new("sm3", canonical(body)).hexdigest():
            yield f"line {number}: was altered, its hash does not fit"
        if not signed(str(line.get("signer")), canonical(body), str(line.get("signature"))):
            yield f"line {number}: its signature does not fit"
        yield from (f"line {number}: {fault}" for fault in rules(line))
        previous = str(line.get("hash"))
    yield from order(lines)
    yield from signers(lines, signer)
    yield from check_values(lines)


def rules(line: Line) -> Iterator[str]:
    """Who has to be there, and how many carriers in how many places."""
    if line.get("phase") == "refused":
        return
    people = line.get("people", {})
    many = [one["id"] for role, group in people.items() if role != "leaves" for one in group]
    if len(people.get("witnesses", [])) < 2:
        yield "fewer than two witnesses"
    yield from (f"{person} has two parts" for person, count in Counter(many).items() if count > 1)
    if line.get("phase") == "done":
        yield from kept(line, people)


def kept(line: Line, people: object) -> Iterator[str]:
    """A share for each custodian, copies in two places."""
    files, carriers = line.get("files", {}), line.get("carriers", [])
    custodians = people.get("custodians", []) if isinstance(people, dict) else []
    if line.get("kind") in {"split", "reshare"} and len(files) != len(custodians):
        yield "not every custodian has a share"
    if line.get("kind") == "backup" and len({one["place"] for one in carriers}) < 2:
        yield "the copies lie in one place"


def order(lines: list[Line]) -> Iterator[str]:
    """What is done was begun before, with the same file, and once."""
    begun: dict[object, object] = {}
    ended = set()
    for line in lines:
        number = line.get("number")
        if line.get("phase") == "begun":
            if number in begun:
                yield f"ceremony {number}: begun twice"
            begun[number] = line.get("file")
        elif line.get("phase") == "done" and begun.get(number) != line.get("file"):
            yield f"ceremony {number}: done without having been begun with the same file"
        if line.get("phase") != "begun":
            ended.add(number)
    yield from (f"ceremony {number}: begun and never ended" for number in begun if number not in ended)


def signers(lines: list[Line], signer: str) -> Iterator[str]:
    """One store's key signs all, but for the lines after a restoration, which brings back the key of before."""
    for line in lines:
        if line.get("signer") != signer and not (line.get("kind") == "restore" and line.get("phase") != "done"):
            yield f"line {line.get('line')}: signed by another key"


def check_values(lines: list[Line]) -> Iterator[str]:
    """A key of one version has one check value for ever."""
    known: dict[str, str] = {}
    for line in lines:
        checks = line.get("checks", {})
        for key, check in checks.items() if isinstance(checks, dict) else ():
            if known.setdefault(key, check) != check:
                yield f"line {line.get('line')}: {key} has check value {check}, and had {known[key]}"


def signed(public: str, message: bytes, signature: str) -> bool:
    """Whether openssl finds the SM2 signature (r | s in hex) to be that of the public key (x | y in hex)."""
    try:
        key, numbers = bytes.fromhex(public), bytes.fromhex(signature)
    except ValueError:
        return False
    if len(key) != 64 or len(numbers) != 64:
        return False
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("key", "message", "signature")}
        files["key"].write_bytes(SPKI + key)
        files["message"].write_bytes(message)
        files["signature"].write_bytes(der(numbers))
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files["key"]]
        command += [
            "-rawin",
            "-in",
            files["message"],
            "-sigfile",
            files["signature"],
            "-digest",
            "sm3",
            "-pkeyopt",
            f"distid:{SIGNER_ID}",
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def der(numbers: bytes) -> bytes:
    """r | s as the sequence of two integers that openssl reads."""
    parts = b"".join(integer(half) for half in (numbers[:32], numbers[32:]))
    return b"\x30" + bytes([len(parts)]) + parts


def integer(half: bytes) -> bytes:
    """One number, without leading zeros and never negative."""
    short = half.lstrip(b"\0") or b"\0"
    short = b"\0" + short if short[0] & 0x80 else short
    return b"\x02" + bytes([len(short)]) + short


def main() -> int:
    """Read, check, tell; 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Check a transcript of key ceremonies.")
    parser.add_argument("transcript", type=Path)
    parser.add_argument("--signer", help="the public key of the store's audit key, in hex")
    options = parser.parse_args()
    try:
        lines = list(read(options.transcript))
    except (OSError, ValueError) as error:
        print(f"The transcript can not be read: {error}")
        return 1
    signer = (options.signer or (str(lines[-1].get("signer")) if lines else "")).lower()
    found = list(faults(lines, signer))
    for fault in found:
        print(fault)
    done = sum(line.get("phase") == "done" for line in lines)
    print(f"{len(lines)} lines, {done} ceremonies done, {len(found)} faults; signed by {signer}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
