"""What was signed on a pad: its picture cleaned, and the paper with it kept as if it had been printed and scanned."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthcard.documents import scan, slips
from healthcard.documents.errors import DocumentRefused
from healthcard.services.actor import Actor
from healthcard.services.desk import papers, scans
from healthcard.services.errors import Invalid
from healthcard.storage.models import Application, Card

FIELD = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The pages of a paper that was signed on a pad, as clean JPEG pictures; none where it was signed on paper."""

    pages: tuple[bytes, ...] = field(default=(), repr=False)

    def keep(self, actor: Actor, row: Application) -> list[int]:
        """Within an act: keep them with the application; under which numbers. Raises Conflict for too many."""
        return scans.keep(actor, row, self.pages) if self.pages else []


def hand_over(row: Application, card: Card, signer: str, text_version: str, signature: bytes) -> Signed:
    """The hand-over slip with the `signature` as a pad gave it (JPEG or PNG).

    Raises Invalid for no picture, and for another text than the one that is printed on the slip.
    """
    if not signature:
        return Signed()
    if text_version != papers.DUTIES_VERSION:
        raise Invalid(
            "text_version",
            "签名对应的须知不是现行版本，请重新打开页面",
            f"What was signed is not the text of today ({papers.DUTIES_VERSION}): open the page anew.",
        )
    slip = papers.handover(row, card, signer, clean(signature))
    return Signed(pages=tuple(page.picture for page in scan.pages(slips.printed(slip))))


def clean(signature: bytes) -> bytes:
    """The picture of a signature, decoded in a process of its own and written anew as JPEG; raises Invalid."""
    try:
        (page,) = scan.pages(signature)
    except (DocumentRefused, ValueError) as error:
        raise Invalid(
            FIELD, "签名图片无法读取，请重新签名", "This is no picture of a signature: sign again."
        ) from error
    return page.picture
