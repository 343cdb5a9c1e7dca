"""A COS product's own program, as its maker would write it: JSON in, JSON out, knowing nothing of this project.

It speaks for jia's chip, so that the outcome can be rehearsed. argv[1] may name a fault to show.
"""

import json
import sys
import time

TYPES = {"T": 0x28, "F": 0x2A, "V": 0x2C, "Y": 0x2E}
FORMS = {"none": 0, "plain": 1, "mac": 2, "cipher": 3}


def apdu(head, data=b""):
    return (bytes.fromhex(head) + (bytes([len(data)]) + data if data else b"")).hex()


def condition(name):
    return {"free": 0xF0, "never": 0xFF, None: 0xFF}[name] if name in ("free", "never", None) else name


def access(file):
    return bytes(
        [*(condition(file["access"][act]) for act in ("read", "update", "erase", "maintain")), FORMS[file["form"]]]
    )


def created(file):
    kind = file["structure"]
    figures = file["size"].to_bytes(2, "big") if kind == "T" else bytes([file["records"], file["record_size"]])
    total = b""
    if kind == "V":
        figures, total = bytes([file["records"], 0xFF]), file["size"].to_bytes(2, "big")
    data = bytes([TYPES[kind]]) + figures + bytes([file["sfi"] or 0]) + access(file) + total
    return {"kind": "create", "path": file["path"], "command": apdu(f"80E0{file['fid']:04X}", data)}


def contents(file):
    path, kind = file["path"], file["structure"]
    for number, record in enumerate(file["record"], 1):
        if kind == "V":
            command = apdu(f"00DC{number:02X}04", bytes.fromhex(record))
            yield {"kind": "record", "path": path, "number": number, "data": record, "command": command}
    if kind == "Y":
        for record in reversed(file["record"]):
            yield {"kind": "append", "path": path, "data": record, "command": apdu("00DC0003", bytes.fromhex(record))}
    content = bytes.fromhex(file["content"])
    for at in range(0, len(content), 128):
        part = content[at : at + 128]
        if part.strip(b"\xff"):
            command = apdu(f"00D6{at:04X}", part)
            yield {"kind": "binary", "path": path, "number": at, "data": part.hex(), "command": command}


def steps(card):
    yield {"kind": "authenticate", "path": "MF", "command": "0082007F"}
    for place, directory in enumerate(card["directories"]):
        path, parent = directory["path"], directory["parent"]
        if parent is not None:
            if place and card["directories"][place - 1]["path"] != parent:
                yield {"kind": "select", "path": parent, "command": "00A4000002DDF1"}
            name = b"\x38" + bytes.fromhex(directory["name"])
            yield {"kind": "create", "path": path, "command": apdu(f"80E0{directory['fid']:04X}", name)}
        for key in card["keys"]:
            if key["directory"] == path:
                kind = "pin" if key["name"] == "PIN" else "key"
                command = apdu(key["header"], bytes.fromhex(key["data"]))
                yield {"kind": kind, "path": path, "key": key["name"], "command": command}
        for file in card["files"]:
            if file["path"].startswith(path + "/"):
                yield created(file)
                yield from contents(file)
    yield {"kind": "end", "path": "MF", "command": "80100000"}


fault = sys.argv[1] if len(sys.argv) > 1 else ""
if fault == "floods":
    while True:
        sys.stdout.write("x" * 65536)
if fault == "hangs":
    time.sleep(60)
if fault == "dies":
    sys.exit(3)
card = json.loads(sys.stdin.readline())
made = list(steps(card))
if fault == "forgets":
    del made[20]
if fault == "babbles":
    print("ready.")
elif fault == "odd":
    print(json.dumps({"steps": [{"kind": "dance", "path": "MF", "command": "00"}]}))
elif fault == "tells":
    print(json.dumps({"steps": [], "heard": sorted(card)}))
else:
    print(json.dumps({"steps": made}))
