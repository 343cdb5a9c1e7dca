"""Organisations: which may hang below which (第六条至第九条), and the codes they go by, each with its check."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from operator import mul
from types import MappingProxyType

from healthcard.domain import divisions
from healthcard.domain.identity import clean

# GB 32100-2015: digits and letters without I, O, Z, S, V; weights 3^i mod 31
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT = re.compile(rf"[{_CREDIT_SIGNS}]{{2}}[0-9]{{6}}[{_CREDIT_SIGNS}]{{10}}")
# GB 11714-1997: digits and letters, letters count from A = 10
_BODY_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_WS218 = re.compile(r"[0-9A-Z]{8}[0-9X][0-9]{6}[0-9]{2}[0-9A-Z]{4}[0-9]")
_ISSUER = re.compile(r"[0-9]{22}")  # item 4 is 11 bytes of packed digits


class CodeRefused(ValueError):
    """An organisation's code that cannot be right: the standard it breaks, what is wrong and what to do."""

    def __init__(self, standard: str, zh: str, en: str) -> None:
        """Codes of organisations are public; the text still leaves them out."""
        super().__init__(f"{standard}: {en}.")
        self.standard = standard
        self.zh = f"{standard}：{zh}。"
        self.en = str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of organisation: the kinds it may hang below, and how many digits its division has (0, 2, 4 or 6)."""

    name: str
    zh: str
    en: str
    below: tuple[str, ...]
    level: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misplacement:
    """What is wrong with an organisation's place in the tree; a warning asks for a second look and lets it be."""

    rule: str
    is_error: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ws218Code:
    """The parts of a 22-character code by WS 218-2002."""

    organisation: str
    division: str
    economy: str
    institution: str
    profit: str


def load(text: str) -> dict[str, Kind]:
    """Parse the table of kinds: name -> kind."""
    return {name: Kind(name=name, below=tuple(row.pop("below")), **row) for name, row in tomllib.loads(text).items()}


KINDS: Mapping[str, Kind] = MappingProxyType(
    load(files("healthcard.domain").joinpath("tables", "organisation_kinds.toml").read_text("utf-8"))
)


def may_hang_below(kind: str, above: str | None) -> bool:
    """Whether an organisation of `kind` may hang below one of kind `above` (None = nothing above it)."""
    below = KINDS[kind].below
    return above in below if above is not None else not below


def misplacements(kind: str, division: str, above: str | None, above_division: str = "") -> tuple[Misplacement, ...]:
    """What is wrong with placing an organisation of `kind` in `division` below one of kind `above`; () = nothing."""
    found = []
    if not may_hang_below(kind, above):
        found.append(_wrong_parent(kind, above))
    level = KINDS[kind].level
    if level == 2 and division[2:] != "0000":
        found.append(
            _misplaced("division_level", "省级机构的行政区划代码应为省级（末四位 0000）", "wants a province's code")
        )
    if level > 2 and division[2:] == "0000":
        found.append(_misplaced("division_level", "行政区划代码应为地市级或县级", "wants a city's or county's code"))
    if above and KINDS[above].level and not divisions.contains(above_division, division):
        found.append(_misplaced("division_outside", "行政区划不在上级机构辖区内", "lies outside the division above"))
    if level and not divisions.is_in_force(division):
        zh, en = "不是现行行政区划代码（GB/T 2260）", "is no division in force by GB/T 2260"
        found.append(Misplacement(rule="division_unknown", is_error=False, zh=zh, en=en))
    return tuple(found)


def _wrong_parent(kind: str, above: str | None) -> Misplacement:
    allowed = KINDS[kind].below
    parents = "、".join(KINDS[name].zh for name in allowed) or "无"
    zh = f"{KINDS[kind].zh}的上级只能是：{parents}（{KINDS[kind].article}）"
    en = f"a {KINDS[kind].en} hangs below {' or '.join(KINDS[name].en for name in allowed) or 'nothing'}"
    return _misplaced("parent_kind", zh, f"{en}, not below {KINDS[above].en if above else 'nothing'}")


def _misplaced(rule: str, zh: str, en: str) -> Misplacement:
    return Misplacement(rule=rule, is_error=True, zh=zh, en=en)


def credit_code(text: str) -> str:
    """The unified social credit code in `text`, 18 characters (GB 32100-2015). Raises CodeRefused."""
    code = clean(text)
    if not _CREDIT.fullmatch(code):
        raise CodeRefused("GB 32100-2015", "应为 18 位数字或大写字母（不用 I O Z S V）", "wants 18 digits or capitals")
    if credit_check(code[:17]) != code[17]:
        raise CodeRefused("GB 32100-2015", "校验码不符", "the check character is wrong")
    return code


def credit_check(first17: str) -> str:
    """The 18th character to the first 17 of a unified social credit code."""
    total = sum(map(mul, _CREDIT_WEIGHTS, map(_CREDIT_SIGNS.index, first17)))
    return _CREDIT_SIGNS[-total % 31]


def organisation_code(text: str) -> str:
    """The organisation code in `text` as it is printed, such as D2143569-X (GB 11714-1997). Raises CodeRefused."""
    code = clean(text)
    if not _BODY.fullmatch(code):
        raise CodeRefused("GB 11714-1997", "应为 8 位数字或大写字母加 1 位校验码", "wants eight signs and a check")
    body, check = code[:8], code[-1]
    if organisation_check(body) != check:
        raise CodeRefused("GB 11714-1997", "校验码不符", "the check character is wrong")
    return f"{body}-{check}"


def organisation_check(body: str) -> str:
    """The check character to the eight signs of an organisation code."""
    total = sum(map(mul, _BODY_WEIGHTS, map(_BODY_SIGNS.index, body)))
    return "0123456789X0"[11 - total % 11]


def ws218_code(text: str) -> Ws218Code:
    """The parts of a 22-character code of a health organisation (WS 218-2002). Raises CodeRefused."""
    code = clean(text).replace("-", "")
    if not _WS218.fullmatch(code):
        raise CodeRefused(
            "WS 218-2002",
            "应为 22 位：组织机构代码 9、行政区划 6、经济类型 2、机构类别 4、分类管理 1",
            "wants 22 signs",
        )
    organisation_code(code[:9])
    if not divisions.was_ever(code[9:15]):
        raise CodeRefused(
            "WS 218-2002", "第 10 至 15 位不是行政区划代码（GB/T 2260）", "signs 10 to 15 are no division"
        )
    return Ws218Code(
        organisation=code[:9], division=code[9:15], economy=code[15:17], institution=code[17:21], profit=code[21]
    )


def issuer_code(text: str) -> str:
    """The 22 digits that a province's cards carry as item 4 (发卡机构代码). Raises CodeRefused."""
    code = clean(text)
    if not _ISSUER.fullmatch(code):
        raise CodeRefused("居民健康卡技术规范 数据项 4", "发卡机构代码应为 22 位数字", "an issuer code has 22 digits")
    return code
