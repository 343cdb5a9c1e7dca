"""The whole card against its image: before the end by the rights of personalisation, after it by the card's keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from healthcard.card.host.errors import WrongKey
from healthcard.card.host.place import way
from healthcard.card.host.session import CardSession
from healthcard.card.wire.errors import MalformedAnswer, Refused
from healthcard.perso.dialogue import Dialogue, There
from healthcard.perso.image import CardImage
from healthcard.perso.readback import differences, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something on the card that is not as planned: where, and what, in words without content.

    `sure`: asking again would cost a try of a key the card has refused.
    """

    path: str
    what: str
    sure: bool = False


def before_end(dialogue: Dialogue) -> Iterator[Fault]:
    """Every directory, key and file, with the rights of personalisation. Raises Refused, CardGone."""
    image, values = dialogue.plan.image, dict(dialogue.plan.check_values)
    here: str | None = None
    for directory in image.layout.directories:
        for step in way(image.layout, here, directory.path):
            if dialogue.select(step.path) is not There.YES:
                yield Fault(path=step.path, what=f"{step.path} is not there")
                return
        here = directory.path
        yield from _keys(dialogue, here, values)
        yield from _files(dialogue, here)


def after_end(session: CardSession, image: CardImage, *, but: Collection[str] = ()) -> Iterator[Fault]:
    """Every file by its read key, and the chip by its internal key. Each key is tried once. Raises CardGone.

    `but`: directories whose content is not the image's any more.
    """
    if not session.internal_authenticate():
        yield Fault(path="DDF1", what="the chip does not prove its internal key")
    for file in (each for each in image.layout.files if each.directory not in but):
        planned = image.file(file.path)
        try:
            session.open(file.path)
            found = read_file(session.channel, file, len(planned.records))
        except (Refused, MalformedAnswer) as error:
            refused = isinstance(error, WrongKey)
            yield Fault(path=file.path, what=f"{file.path} cannot be read: {error}", sure=refused)
            if refused:
                return
            continue
        yield from (Fault(path=file.path, what=what) for what in differences(planned, found))


def _keys(dialogue: Dialogue, directory: str, values: dict[str, bytes]) -> Iterator[Fault]:
    layout = dialogue.plan.image.layout
    here = [name for name in values if layout.key(name).directory == directory]
    shown = dialogue.check_values(here)
    for name in here:
        if shown.get(name) != values[name]:
            yield Fault(path=directory, what=f"{name} does not show its check value")
            return


def _files(dialogue: Dialogue, directory: str) -> Iterator[Fault]:
    image = dialogue.plan.image
    for file in image.layout.files:
        if file.directory == directory:
            if dialogue.select(file.path) is not There.YES:
                yield Fault(path=file.path, what=f"{file.path} is not there")
                continue
            found = dialogue.content(file)
            yield from (Fault(path=file.path, what=what) for what in differences(image.file(file.path), found))
