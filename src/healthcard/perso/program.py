"""A COS product's own program in place of creation commands as data (第十一条: 接口服务程序).

The program reads one line of JSON on stdin and writes one on stdout; bytes are hexadecimal in both. It is told the card
image and the chip's identity; of the keys it sees names, references and the cipher text only this chip can open. Its
answer is `{"steps": [...]}`, each `{"kind", "path", "command"}` and what a kind needs besides: `key` (key), `number`
and `data` (record, binary), `data` (append). What it answers goes through the same checks and rehearsal as any plan.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from healthcard.card.host.ports import CardAddress
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.layout import File, Layout
from healthcard.keys.requests import KeyLoad
from healthcard.perso.errors import ProgramFailed
from healthcard.perso.image import CardImage
from healthcard.perso.loads import directory_of
from healthcard.perso.plan import Kind, Step
from healthcard.perso.products import Product

SECONDS = 20  # a program that takes longer hangs
ANSWER_MAX = 4 << 20  # bytes; a full card's steps take some 150 KB
CHUNK = 1 << 16  # bytes read at a time
STEPS_MAX = 4096  # more are cut off, and the checks find them missing

Json = dict[str, Any]  # a JSON object on its way in or out


def steps(
    product: Product, image: CardImage, address: CardAddress, fields: Mapping[KeyLoad, bytes]
) -> tuple[Step, ...]:
    """Ask the program of `product`; raises ProgramFailed when it does not answer by the protocol."""
    answer = _run(product.program, _request(image, address, fields))
    try:
        return tuple(_step(row) for row in json.loads(answer)["steps"][:STEPS_MAX])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProgramFailed(f"The program of {product.name} answered something that is no list of steps.") from error


def _run(argv: tuple[str, ...], request: Json) -> str:
    line = json.dumps(request, ensure_ascii=False) + "\n"
    try:
        with _told(line.encode()) as told, _started(argv, told) as process:
            answer = _answer(process, time.monotonic() + SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise ProgramFailed(f"The program {argv[0]} of a COS product failed: {type(error).__name__}.") from None
    if len(answer) > ANSWER_MAX:
        raise ProgramFailed(f"The program {argv[0]} answered more than {ANSWER_MAX} bytes.")
    return answer.decode("utf-8", errors="replace")


def _told(line: bytes) -> BinaryIO:
    """A file that lies in memory alone: what goes on a card is not left on a disk."""
    told = os.fdopen(os.memfd_create("request"), "w+b")
    told.write(line)
    told.seek(0)
    return told


@contextmanager
def _started(argv: tuple[str, ...], told: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """The program inside the block, and no longer; its words on standard error are nobody's."""
    with subprocess.Popen(  # noqa: S603 - argv stands in the script file filed for this product (第十条)
        argv, stdin=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"}, bufsize=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _answer(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What it says until its end, but not much more than ANSWER_MAX; raises SubprocessError when it fails or hangs."""
    said = bytearray()
    while len(said) <= ANSWER_MAX:
        more = _more(process, deadline)
        if not more:
            if code := process.wait(max(0.0, deadline - time.monotonic())):
                raise subprocess.CalledProcessError(code, process.args)
            break
        said += more
    return bytes(said)


def _more(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Some bytes, none at the end."""
    if process.stdout is None:
        return b""
    if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        raise subprocess.TimeoutExpired(process.args, SECONDS)
    return process.stdout.read(CHUNK)


def _request(image: CardImage, address: CardAddress, fields: Mapping[KeyLoad, bytes]) -> Json:
    layout = image.layout
    return {
        "chip": {"chip8": address.chip.hex(), "city8": address.city.hex(), "key_version": address.version},
        "layout": layout.name,
        "directories": [
            {"path": one.path, "fid": one.fid, "name": one.name.hex(), "parent": one.parent}
            for one in layout.directories
        ],
        "keys": [_key(load, data, layout) for load, data in fields.items()],
        "files": [_file(file, image, layout) for file in layout.files],
    }


def _key(load: KeyLoad, data: bytes, layout: Layout) -> Json:
    return {
        "name": load.name,
        "directory": directory_of(load.name, layout),
        "header": load.header[:4].hex(),
        "data": data.hex(),
    }


def _file(file: File, image: CardImage, layout: Layout) -> Json:
    content = image.file(file.path)
    access = {"read": file.read, "update": file.update, "erase": file.erase, "maintain": file.maintain}
    kids = {key.name: key.kid for key in layout.keys}
    return {
        "path": file.path,
        "fid": file.fid,
        "structure": file.structure.value,
        "size": file.size,
        "records": file.records,
        "record_size": file.record_size,
        "sfi": file.sfi,
        "form": file.form.value,
        "access": {act: kids.get(name or "", name) for act, name in access.items()},
        "content": content.content.hex(),
        "record": [record.hex() for record in content.records],
    }


def _step(row: Json) -> Step:
    kind = Kind(row["kind"])
    path = str(row["path"])
    return Step(
        kind=kind,
        path=path,
        act=f"{kind} {path} by the product's own program",
        command=Command.parse(bytes.fromhex(row["command"])),
        key=str(row.get("key", "")),
        number=int(row.get("number", 0)),
        data=bytes.fromhex(row.get("data", "")),
    )
