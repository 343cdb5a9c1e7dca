"""Reading a file back, byte by byte, and comparing it with the card image.

Whoever calls has selected the file and may read it: by the rights of personalisation, or by the file's read key.
"""

from __future__ import annotations

from collections.abc import Iterator

from healthcard.card.host.channel import Channel, refusal
from healthcard.card.wire import status
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.layout import File, Structure
from healthcard.perso.image import FileImage

RECORD_UNKNOWN = 0x6A83
WRONG_OFFSET = 0x6B00
BY_NUMBER = 0x04  # P2 of READ RECORD


def read_file(channel: Channel, file: File, records: int) -> FileImage:
    """The content of the selected file as the chip has it; a V record never written is b''.

    `records` is how many the image has of a V file. Raises Refused for what the chip will not read, CardGone.
    """
    if file.structure is Structure.TRANSPARENT:
        return FileImage(path=file.path, structure=file.structure, content=b"".join(_parts(channel, file.size)))
    limit = records if file.structure is Structure.VARIABLE else file.records
    found = tuple(_records(channel, limit, to_end=file.structure is Structure.CYCLIC))
    return FileImage(path=file.path, structure=file.structure, records=found)


def differences(planned: FileImage, found: FileImage) -> Iterator[str]:
    """In words and without content: what the chip holds otherwise than planned."""
    if planned.content != found.content:
        yield f"{planned.path} has another content"
    if len(planned.records) != len(found.records):
        yield f"{planned.path} has {len(found.records)} records where {len(planned.records)} are planned"
    for number, (due, there) in enumerate(zip(planned.records, found.records, strict=False), 1):
        if due != there:
            yield f"record {number} of {planned.path} has another content"


def _parts(channel: Channel, size: int) -> Iterator[bytes]:
    """All bytes of a T file; one byte more must not be there."""
    for at in range(0, size, LE_MAX):
        length = min(LE_MAX, size - at)
        yield channel.expect(Command(cla=0, ins=0xB0, p1=at >> 8, p2=at & 0xFF, le=length)).data


def _records(channel: Channel, limit: int, *, to_end: bool) -> Iterator[bytes]:
    """Records 1..limit; of a cyclic file those there are (`to_end`)."""
    for number in range(1, limit + 1):
        command = Command(cla=0, ins=0xB2, p1=number, p2=BY_NUMBER, le=LE_MAX)
        response = channel.send(command)
        if response.sw == RECORD_UNKNOWN:
            if to_end:
                return
            yield b""
        elif response.sw == status.OK:
            yield response.data
        else:
            raise refusal(command, response.sw)
