"""Reading a file back, byte by byte, and comparing it with the card image.

Whoever calls has selected the file and may read it: by the rights of personalisation, or by the file's read key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthcard.card.host.channel import Channel, refusal
from healthcard.card.wire import status
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.layout import File, Structure
from healthcard.perso.image import FileImage

RECORD_UNKNOWN = 0x6A83
WRONG_OFFSET = 0x6B00
BY_NUMBER = 0x04  # P2 of READ RECORD
TAG_AND_LENGTH = 2


def read_file(channel: Channel, file: File, records: int) -> FileImage:
    """The content of the selected file as the chip has it; a V record never written is b''.

    `records` is how many the image has of a V file. Raises Refused for what the chip will not read, CardGone.
    """
    if file.structure is Structure.TRANSPARENT:
        return FileImage(path=file.path, structure=file.structure, content=_whole(channel, file.size))
    limit = records if file.structure is Structure.VARIABLE else file.records
    asked = [_read(file, number) for number in range(1, limit + 1)]
    found = _records(channel, asked, to_end=file.structure is Structure.CYCLIC)
    return FileImage(path=file.path, structure=file.structure, records=tuple(found))


def differences(planned: FileImage, found: FileImage) -> Iterator[str]:
    """In words and without content: what the chip holds otherwise than planned."""
    if planned.content != found.content:
        yield f"{planned.path} has another content"
    if len(planned.records) != len(found.records):
        yield f"{planned.path} has {len(found.records)} records where {len(planned.records)} are planned"
    for number, (due, there) in enumerate(zip(planned.records, found.records, strict=False), 1):
        if due != there:
            yield f"record {number} of {planned.path} has another content"


def _whole(channel: Channel, size: int) -> bytes:
    """All bytes of a T file."""
    parts = [
        Command(cla=0, ins=0xB0, p1=at >> 8, p2=at & 0xFF, le=min(LE_MAX, size - at)) for at in range(0, size, LE_MAX)
    ]
    answers = channel.run(parts)
    if answers[-1].sw != status.OK:
        raise refusal(parts[len(answers) - 1], answers[-1].sw)
    return b"".join(answer.data for answer in answers)


def _records(channel: Channel, commands: Sequence[Command], *, to_end: bool) -> list[bytes]:
    """The record each command reads, b'' where there is none; of a cyclic file those there are (`to_end`)."""
    found: list[bytes] = []
    while len(found) < len(commands):
        answers = channel.run(commands[len(found) :])
        if answers[-1].sw not in (status.OK, RECORD_UNKNOWN):
            raise refusal(commands[len(found) + len(answers) - 1], answers[-1].sw)
        if to_end and answers[-1].sw == RECORD_UNKNOWN:
            return found + [answer.data for answer in answers[:-1]]
        found += (answer.data for answer in answers)
    return found


def _read(file: File, number: int) -> Command:
    """READ RECORD with the length the record has, so that a contact card answers at once."""
    length = file.record_size
    if file.structure is Structure.VARIABLE:
        length = next((item.length + TAG_AND_LENGTH for item in file.items if item.record == number), LE_MAX)
    return Command(cla=0, ins=0xB2, p1=number, p2=BY_NUMBER, le=length)
