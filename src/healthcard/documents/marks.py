"""The marks a machine reads on a paper, as SVG: the 2D code of its stamp and the Code 128 of a card number."""

from __future__ import annotations

import zxingcpp

from healthcard.documents.stamp import Stamp


def code(stamp: Stamp) -> str:
    """The stamp as a QR code (ISO/IEC 18004) that a quarter of damage does not break."""
    return str(zxingcpp.create_barcode(stamp.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="Q").to_svg())


def bars(number: str) -> str:
    """`number` (ASCII) as Code 128 (ISO/IEC 15417), to be stretched to the paper's width."""
    return str(zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128).to_svg())
