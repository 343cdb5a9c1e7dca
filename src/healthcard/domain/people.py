"""Who is who and who may act for whom: one person under two documents, children and their guardians, agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from healthcard.domain import codes
from healthcard.domain.calendar import add_years
from healthcard.domain.evidence import Presenter
from healthcard.domain.identity import mask, mask_name
from healthcard.domain.names import fold
from healthcard.domain.parameters import Parameters
from healthcard.domain.resident import Document

# GB/T 4761 relations by which somebody is a near relative (近亲属, 民法典第一千零四十五条): spouse, children, parents,
# siblings, grandparents, grandchildren; every finer code begins with its group's digit
_NEAR = frozenset("1234567")
_IN_LAW = frozenset({"28", "38", "53", "54", "55", "56"})


class Likeness(StrEnum):
    """What two records say of one another."""

    SAME = "same"  # one number: one person, never two records
    LIKELY = "likely"  # all else agrees: two people decide with both documents before them
    CONTRADICTED = "contradicted"  # two citizen numbers, or data that differ: never linked by an act of linking
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a record says of a person that outlives a document."""

    document: Document = field(repr=False)
    name: str = field(repr=False)
    sex: str
    birth_date: date = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two records compare, and the fields in which they differ."""

    likeness: Likeness
    differs: tuple[str, ...] = ()


def compare(one: Traits, other: Traits) -> Comparison:
    """Whether two records may be of one person, under the same document or under two.

    A citizen number is a person's for life, so two different ones are two people whatever else agrees. Documents of
    other kinds change: name, sex and birth date decide then, and a person decides on them (see Likeness).
    """
    differs = tuple(_differences(one, other))
    if one.document == other.document:
        return Comparison(likeness=Likeness.SAME, differs=differs)
    if one.document.is_citizen_number and other.document.is_citizen_number:
        return Comparison(likeness=Likeness.UNRELATED if "name" in differs else Likeness.CONTRADICTED, differs=differs)
    if not differs:
        return Comparison(likeness=Likeness.LIKELY)
    unrelated = "name" in differs or "birth_date" in differs
    return Comparison(likeness=Likeness.UNRELATED if unrelated else Likeness.CONTRADICTED, differs=differs)


def _differences(one: Traits, other: Traits) -> list[str]:
    found = []
    if fold(one.name).casefold() != fold(other.name).casefold():
        found.append("name")
    if one.sex != other.sex and not {one.sex, other.sex} & {"0", "9"}:  # unknown and not stated contradict nothing
        found.append("sex")
    if one.birth_date != other.birth_date:
        found.append("birth_date")
    return found


def leading(one: Document, other: Document) -> Document:
    """Of two documents of one person, the one whose number is on his card: the citizen number, else the first given."""
    return other if other.is_citizen_number and not one.is_citizen_number else one


@dataclass(frozen=True, slots=True, kw_only=True)
class Minority:
    """What a person's age asks of an act: a guardian who acts, a guardian who consents (个人信息保护法第三十一条)."""

    age: int
    guardian_acts: bool
    guardian_consents: bool


def age(born: date, today: date) -> int:
    """Full years; who was born on 29 February is a year older on 28 February of a year without one."""
    years = today.year - born.year
    return years - 1 if today < add_years(born, years) else years


def minority(born: date, today: date, parameters: Parameters) -> Minority:
    """What the age of somebody born on `born` asks today, by the issuer's parameters; ValueError for the unborn."""
    if born > today:
        raise ValueError("a birth date cannot lie in the future")
    years = age(born, today)
    return Minority(
        age=years,
        guardian_acts=years < parameters.number("age.guardian"),
        guardian_consents=years < parameters.number("age.consent"),
    )


class RoleRefused(ValueError):
    """Somebody who cannot act for the holder: why, and what to do."""

    def __init__(self, rule: str, zh: str, en: str, advice_zh: str, advice_en: str) -> None:
        """Neither text names anybody."""
        super().__init__(f"{en} {advice_en}")
        self.rule = rule
        self.zh = zh
        self.en = en
        self.advice_zh = advice_zh
        self.advice_en = advice_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Who acts in the holder's place; relation to the holder by GB/T 4761 ('' for an agent who is none)."""

    by: Presenter
    name: str = field(repr=False)
    document: Document = field(repr=False)
    phone: str = field(repr=False)
    relation: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """Him as a screen and a record may show him: name, number and telephone masked."""
        return {
            "by": self.by.value,
            "name": mask_name(self.name),
            "document_kind": codes.label("document_kind", self.document.kind),
            "document_number": mask(self.document.number),
            "phone": mask(self.phone),
            "relation": codes.label("relation", self.relation),
        }


def require_role(
    representative: Representative | None,
    holder: Traits,
    today: date,
    parameters: Parameters,
    *,
    deceased: bool = False,
) -> None:
    """Refuse who may not act for `holder` on `today` (None = the holder himself). Raises RoleRefused.

    Whether an act is open to an agent at all is told by `evidence.required` and the issuer's parameters.
    """
    minor = minority(holder.birth_date, today, parameters)
    if representative is None:
        _require(not minor.guardian_acts, "guardian_needed")
        _require(not deceased, "relative_needed")
        return
    _require(representative.document != holder.document, "not_himself")
    if representative.by is Presenter.GUARDIAN:
        _require(representative.relation != "", "relation_needed")
        return
    _require(not minor.guardian_acts or representative.by is Presenter.RELATIVE, "guardian_needed")
    if representative.by is Presenter.RELATIVE:
        _require(is_near_relative(representative.relation), "near_relative")
    else:
        _require(not deceased, "relative_needed")


def is_near_relative(relation: str) -> bool:
    """Whether `relation` to the holder (GB/T 4761) is a near relative's: spouse, child, parent, sibling, grand-."""
    return relation[:1] in _NEAR and relation not in _IN_LAW


_REFUSALS = {
    "guardian_needed": (
        "持卡人未达规定年龄，须由监护人办理",
        "The holder is below the age set by the issuer.",
        "请监护人持监护关系证明到场",
        "A guardian comes with proof of the guardianship.",
    ),
    "relative_needed": (
        "持卡人已故，须由近亲属办理",
        "The holder has died.",
        "请近亲属持死亡证明和亲属关系证明到场",
        "A near relative comes with the certificate of death and proof of kinship.",
    ),
    "not_himself": (
        "代办人与持卡人是同一证件",
        "Who acts for the holder has the holder's own document.",
        "由持卡人本人办理，或核对代办人证件",
        "Enter the holder as holder, or check the other's document.",
    ),
    "relation_needed": (
        "未填写监护人与持卡人的关系",
        "The guardian's relation to the holder is missing.",
        "按 GB/T 4761 填写关系",
        "Enter the relation by GB/T 4761.",
    ),
    "near_relative": (
        "只有近亲属可以办理",
        "Only a near relative may do this.",
        "请配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、孙子女或外孙子女到场",
        "A spouse, parent, child, sibling, grandparent or grandchild comes.",
    ),
}


def _require(condition: bool, rule: str) -> None:
    if not condition:
        raise RoleRefused(rule, *_REFUSALS[rule])
