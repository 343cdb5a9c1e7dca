"""Words for the states the services speak of, as template filters."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.template import Library
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from healthcard.domain.articles import cited
from healthcard.domain.codes import codes
from healthcard.domain.lifecycle.states import called
from healthcard.domain.meanings import meaning, meaning_en

register = Library()
_CHINESE_NAME = re.compile(r" ?[\u3400-\u9fff][^ ]*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SIZE = re.compile(r"^(\d+) bytes$")

# What the engine says it does, in its words and in Chinese.
ACTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"create (\S+)", r"建立 \1"),
        (r"load the initial PIN", "写入初始 PIN"),
        (r"load (\S+)", r"写入密钥 \1"),
        (r"write record (\d+) of (\S+)", r"写入 \2 第 \1 条记录"),
        (r"append a record to (\S+)", r"向 \1 追加一条记录"),
        (r"write (\d+) bytes at (\d+) of (\S+)", r"写入 \3，自 \2 起 \1 字节"),
        (r"erase (\S+) if it must be built anew", r"须重建时擦除 \1"),
        (r"end personalisation", "结束个人化"),
        (r"write (\S+) from byte (\d+)", r"写入 \1，自第 \2 字节起"),
        (r"append record (\d+) to (\S+)", r"向 \2 追加第 \1 条记录"),
        (r"mark (\S+) valid", r"将 \1 标为有效"),
        (r"mark (\S+) invalid", r"将 \1 标为无效"),
        (r"unlock the PIN and set a new one", "解锁 PIN 并设新 PIN"),
        (r"lock the card for ever", "永久锁定整卡"),
        (r"lock (\S+) for ever", r"永久锁定应用 \1"),
        (r"lock (\S+) for the time being", r"临时锁定应用 \1"),
        (r"unlock (\S+)", r"解锁应用 \1"),
        (r"prove (\S+)", r"以密钥 \1 认证"),
        (r"(\w+) (\S+) by the product's own program", r"由产品自带程序执行 \1 \2"),
    )
)

JOB_STATE: Mapping[str, Promise] = {
    "planned": _("not begun"),
    "writing": _("interrupted: present the card again"),
    "finished": _("finished"),
    "scrapped": _("scrapped"),
    "refused": _("chip refused"),
}
HOW: Mapping[str, Promise] = {
    "sent": _("sent"),
    "found": _("found on the card"),
    "": _("not known"),
}


@register.filter
def life(state: str) -> str:
    """How far a card has come."""
    return state_words("life", state)


def state_words(of: str, value: object) -> str:
    """What a value of a card's fact, or the state of an application, is called in the language of the screen."""
    words = called(of, value)
    return words.en if get_language() == "en" else words.zh


@register.filter
def job(state: str) -> str:
    """Where a personalisation stands."""
    return str(JOB_STATE[state])


@register.filter
def how(means: str) -> str:
    """How an outcome came to be known; what the engine says in words of its own stays."""
    return str(HOW.get(means, means))


@register.filter
def document(title: str) -> str:
    """What sort of document somebody has, told by its Chinese name, in the language of the screen."""
    if get_language() != "en":
        return title
    return next((each.en for each in codes("document_kind") if each.zh == title), title)


@register.filter
def article(place: str) -> str:
    """Where a rule stands, in the language of the screen."""
    return cited(place, chinese=get_language() != "en")


@register.filter
def annex(number: str) -> str:
    """Which of the law's forms it is, in the language of the screen."""
    return number.replace("附表", "Annex") if get_language() == "en" else number


@register.filter
def chip_value(value: str, item: str) -> str:
    """An item's value, in the language of the screen where it says a code's meaning or is only told by its size."""
    if get_language() != "en":
        return _SIZE.sub(r"\1 字节", value)
    code, _, told = value.partition(" ")
    return f"{code} {meaning_en(int(item), code)}" if told and told == meaning(int(item or 0), code) else value


@register.filter
def item_name(name: str) -> str:
    """The English name of an item as the interface calls it, as people write it."""
    return name.replace("_", " ")


@register.filter
def spoken(words: str) -> str:
    """What an APDU says; the Chinese names in it are left out where the screen is English."""
    return _CHINESE_NAME.sub("", words) if get_language() == "en" else words


@register.filter
def chinese(text: str) -> bool:
    """Whether there are Chinese characters in it: a name or an address stays Chinese on every screen, and says so."""
    return _CHINESE.search(text) is not None


@register.filter
def serial(digits: str) -> str:
    """An issue serial in groups that a person can compare."""
    return " ".join((digits[:4], digits[4:7], digits[7:]))


@register.filter
def act(words: str) -> str:
    """What a step does, in the language of the screen; words we do not know stay as they are."""
    if get_language() == "en":
        return words
    matches = ((pattern.fullmatch(words), chinese) for pattern, chinese in ACTS)
    return next((match.expand(chinese) for match, chinese in matches if match), words)
