"""What a check of the audit says of a fault, in Chinese; the English words are the check's own."""

from __future__ import annotations

import re

FAULTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"the entry is missing", "记录缺失"),
        (r"it does not follow the entry before it", "与前一条记录不衔接"),
        (r"its body is not what was hashed", "记录内容与散列值不符"),
        (r"its column (\w+) is not what its body says", r"索引列 \1 与记录内容不符"),
        (
            r"between this entry and (\d+) the chain was written anew: its anchor is another",
            r"自此至第 \1 条被重写，与锚点不符",
        ),
        (
            r"the end is cut off, or the database is older than its anchors \(up to (\d+)\)",
            r"末尾被截断，或数据库旧于锚点（至第 \1 条）",
        ),
        (r"the head of the chain is not its last entry", "链头不是最后一条记录"),
        (r"the copy of its anchor is not what the key service signed", "锚点副本与密钥服务签名不符"),
        (r"the copy of its anchor is gone", "锚点副本缺失"),
    )
)


def said(words: str, *, chinese: bool) -> str:
    """The words of a fault in the reader's language; unknown ones stay as they are."""
    if not chinese:
        return words
    matches = ((pattern.fullmatch(words), text) for pattern, text in FAULTS)
    return next((match.expand(text) for match, text in matches if match), words)
