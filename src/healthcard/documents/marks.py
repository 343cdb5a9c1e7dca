"""Marks on a paper as SVG: the 2D code of its stamp, the Code 128 of a card number, a signature from a pad."""

from __future__ import annotations

from base64 import b64encode

import zxingcpp

from healthcard.documents.stamp import Stamp


def code(stamp: Stamp) -> str:
    """The stamp as a QR code (ISO/IEC 18004) that a quarter of damage does not break."""
    return str(zxingcpp.create_barcode(stamp.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="Q").to_svg())


def bars(number: str) -> str:
    """`number` (ASCII) as Code 128 (ISO/IEC 15417), to be stretched to the paper's width."""
    return str(zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128).to_svg())


def drawn(signature: bytes) -> str:
    """A signature (a JPEG of ours) in a frame three times as wide as high, which it fills as far as its shape lets."""
    picture = b64encode(signature).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
        f'<image width="300" height="100" href="data:image/jpeg;base64,{picture}"/></svg>'
    )
