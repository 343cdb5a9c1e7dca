"""What people write in their own words, fit for lists and messages: short, and without anybody's numbers."""

from __future__ import annotations

import re

from healthcard.services.errors import Invalid

LONGEST = 200  # characters
_NUMBER = re.compile(r"[0-9]{9}")


def written(field: str, text: str) -> str:
    """`text` as it is kept; raises Invalid for a blank or long one, and for one with an identity or phone number."""
    kept = text.strip()
    if not 0 < len(kept) <= LONGEST:
        raise Invalid(field, f"须填写，不超过 {LONGEST} 个字符", f"has to be filled in, at most {LONGEST} characters")
    if _NUMBER.search(kept):
        raise Invalid(field, "不要填写证件号码或电话", "leave identity and telephone numbers out")
    return kept
