"""What an issuer decides for its region: every such figure is a parameter here and none is in code (第七条第五项).

The table says of each its type, its default, what is allowed and where that comes from. Values are kept by issuer as
dated versions; an act uses the version of the day it was accepted on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

Value = int | bool | str | tuple[str, ...]


class Type(StrEnum):
    """What a parameter's value is."""

    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"


class ParameterRefused(ValueError):
    """A value that the table does not allow: which parameter, what was wrong with it, what is allowed."""

    def __init__(self, name: str, *, zh: str, en: str, allowed_zh: str = "", allowed_en: str = "") -> None:
        """`zh` and `en` say what was wrong; the allowed values complete them."""
        super().__init__(f"Parameter {name} {en}." + (f" Allowed: {allowed_en}." if allowed_en else ""))
        self.name = name
        self.zh = f"参数 {name} {zh}。" + (f"允许：{allowed_zh}。" if allowed_zh else "")
        self.en = str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One row of the table. `least` and `most` bound an integer, `allowed` lists the values of the other types.

    No real system takes a value for one that is there for demos (`demo`).
    """

    name: str
    type: Type
    default: Value
    zh: str
    en: str
    source: str
    certainty: str
    unit: str = ""
    least: int = 0
    most: int = 0
    allowed: tuple[Value, ...] = ()
    demo: bool = False

    def read(self, value: object) -> Value:
        """`value` (typed, or the text of a form's field) as this parameter's type. Raises ParameterRefused."""
        typed = _READERS[self.type](value)
        if typed is None:
            raise self.refusal(f"的值应为{_WORDS[self.type][0]}", f"wants {_WORDS[self.type][1]}")
        if not self._allows(typed):
            raise self.refusal(f"不能设为 {shown(typed)}", f"cannot be {shown(typed)}")
        return typed

    def allowed_values(self, language: str = "zh") -> str:
        """What is allowed, for a screen or an error, in "zh" or "en"."""
        if self.type is Type.INTEGER:
            return f"{self.least}–{self.most} {self.unit if language == 'en' else UNITS[self.unit]}"
        several = self.type is Type.CHOICES
        words = "、".join(map(shown, self.allowed)) if language == "zh" else ", ".join(map(shown, self.allowed))
        return (f"{words} 中的若干项" if language == "zh" else f"some of {words}") if several else words

    def refusal(self, zh: str, en: str) -> ParameterRefused:
        """The refusal of a value of this parameter."""
        return ParameterRefused(
            self.name, zh=zh, en=en, allowed_zh=self.allowed_values("zh"), allowed_en=self.allowed_values("en")
        )

    def _allows(self, typed: Value) -> bool:
        if isinstance(typed, tuple):
            return bool(typed) and set(typed) <= set(self.allowed) and len(set(typed)) == len(typed)
        if self.type is Type.INTEGER:
            return isinstance(typed, int) and self.least <= typed <= self.most
        return typed in self.allowed


UNITS = {
    "hours": "小时",
    "days": "天",
    "working days": "个工作日",
    "times": "次",
    "tries": "次",
    "years": "年",
    "fen": "分",
    "minutes": "分钟",
    "seconds": "秒",
}


def shown(value: Value) -> str:
    """A value as text: what `Parameter.read` reads back."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _choice(value: object) -> str | None:
    return value.strip() if isinstance(value, str) else None


def _choices(value: object) -> tuple[str, ...] | None:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return None
    texts = tuple(part.strip() for part in parts if isinstance(part, str))
    return texts if len(texts) == len(parts) else None


_READERS = {Type.INTEGER: _integer, Type.FLAG: _flag, Type.CHOICE: _choice, Type.CHOICES: _choices}
_WORDS = {
    Type.INTEGER: ("整数", "a whole number"),
    Type.FLAG: ("是或否（true、false）", "true or false"),
    Type.CHOICE: ("一个代码", "one code"),
    Type.CHOICES: ("若干代码", "a list of codes"),
}


def load(text: str) -> dict[str, Parameter]:
    """Parse the table: dotted name -> parameter. Raises ParameterRefused for a default its own row does not allow."""
    found: dict[str, Parameter] = {}
    for group, members in tomllib.loads(text).items():
        for name, row in members.items():
            kind, allowed = Type(row.pop("type")), tuple(row.pop("allowed", ()))
            default = tuple(given) if isinstance(given := row.pop("default"), list) else given
            allowed = allowed or ((True, False) if kind is Type.FLAG else ())
            parameter = Parameter(name=f"{group}.{name}", type=kind, default=default, allowed=allowed, **row)
            parameter.read(default)
            found[parameter.name] = parameter
    return found


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    load(files("healthcard.domain").joinpath("tables", "parameters.toml").read_text("utf-8"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One version of an issuer's parameters, complete: what it does not set has the table's default."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(validate(self.values)))

    def value(self, name: str) -> Value:
        """The value of `name`; an unknown name raises KeyError."""
        return self.values.get(name, PARAMETERS[name].default)

    def number(self, name: str) -> int:
        """The value of an integer parameter. Raises TypeError for another type, KeyError for an unknown name."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"parameter {name} is no number")
        return value

    def allows(self, name: str) -> bool:
        """The value of a flag. Raises TypeError for another type, KeyError for an unknown name."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise TypeError(f"parameter {name} is no flag")
        return value

    def code(self, name: str) -> str:
        """The value of a choice. Raises TypeError for another type, KeyError for an unknown name."""
        value = self.value(name)
        if not isinstance(value, str):
            raise TypeError(f"parameter {name} is no choice")
        return value

    def codes(self, name: str) -> tuple[str, ...]:
        """The value of a parameter with several choices. Raises TypeError for another type, KeyError as `value`."""
        value = self.value(name)
        if not isinstance(value, tuple):
            raise TypeError(f"parameter {name} has not several choices")
        return value


def validate(values: Mapping[str, object]) -> dict[str, Value]:
    """The given values, typed; what is not given keeps its default. Raises ParameterRefused for the first wrong one.

    Besides each value's own bounds: no parameter may contradict another, given or default.
    """
    typed: dict[str, Value] = {}
    for name, value in values.items():
        if name not in PARAMETERS:
            raise ParameterRefused(name, zh="不存在", en="does not exist")
        typed[name] = PARAMETERS[name].read(value)
    for smaller, larger in _ORDERED:
        _require_order(typed, smaller, larger)
    return typed


# the first is never more than the second
_ORDERED = (
    ("temporary.days", "temporary.most_days"),
    ("age.consent", "age.guardian"),
    ("deadline.replacement_on_site", "deadline.replacement"),
)


def _require_order(typed: Mapping[str, Value], smaller: str, larger: str) -> None:
    low, high = (typed.get(name, PARAMETERS[name].default) for name in (smaller, larger))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise ParameterRefused(
            smaller,
            zh=f"（{low}）不能大于参数 {larger}（{high}）",
            en=f"({low}) cannot be more than parameter {larger} ({high})",
        )
