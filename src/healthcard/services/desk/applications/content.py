"""What stands on an application: sealed for its person, and the digest by which a reviewer says what he looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from healthcard.domain.entries import Entry
from healthcard.services.desk.applications.request import Delegate
from healthcard.services.sealing import sealer
from healthcard.storage.models import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The form as filled in, with what came from the record at that moment, and who came in the holder's stead."""

    fields: Mapping[str, Entry] = field(repr=False)
    delegate: Delegate | None = None
    identity: str = ""

    def plain(self) -> bytes:
        """As JSON, the same for the same content."""
        table: dict[str, object] = {
            "v": 1,
            "fields": dict(self.fields),
            "delegate": asdict(self.delegate) if self.delegate else None,
        }
        table["identity"] = self.identity
        return _bytes(table)


def sealed(content: Content, resident: int, number: str) -> bytes:
    """The content under the seal of its person; it opens for this application alone."""
    return sealer().seal(content.plain(), _owner(resident, number))


def opened(application: Application) -> Content:
    """The content again, empty once its person's data were deleted; raises SealBroken."""
    if not bytes(application.sealed):
        return Content(fields={})
    owner = _owner(application.resident_id, application.number)
    table = json.loads(sealer().open(bytes(application.sealed), owner))
    delegate = table["delegate"]
    return Content(
        fields=table["fields"], delegate=Delegate(**delegate) if delegate else None, identity=table["identity"]
    )


def digest(application: Application) -> bytes:
    """SM3 (32 bytes) of everything a reviewer judges: what was reviewed is what is carried out."""
    table = {
        name: getattr(application, name)
        for name in ("number", "kind", "resident_id", "card_id", "parent_id", "reason", "presented", "by", "channel")
    }
    table |= {"desk": application.desk_id, "accepted_by": application.accepted_by_id}
    table |= {"parameters": application.parameters_id, "waiver": application.fee_waiver, "fee": application.fee_fen}
    table |= {"verified_by": application.verified_by_id, "verification": application.verification}
    return hashlib.new("sm3", _bytes(table) + b"\x00" + opened(application).plain()).digest()


def _bytes(table: Mapping[str, object]) -> bytes:
    return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _owner(resident: int, number: str) -> bytes:
    return f"application:{resident}:{number}".encode()
