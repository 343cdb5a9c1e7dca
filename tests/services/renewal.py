"""What tests of replacement do at the desk: ask, make, write on chips, move, hand over."""

from __future__ import annotations

import itertools
from contextlib import ExitStack

from desk import FACE, collection

numbers = itertools.count(5000)
REASONS = {"lost": "1", "damaged": "2", "changed": "3", "other": "4"}
ROW = {"item": "联系电话", "old": "", "new": "新电话", "reason": "号码变更"}
EXTRA = {"changed": {"changes": [ROW]}, "other": {"reason_text": "卡面磨损"}}


def wish(person, reason, *, card=None, **rest):
    """The form 附表 4 with what belongs to its reason."""
    from healthcard.services.desk.applications import Request

    fields = {"phone": "15412345678", "reason": REASONS[reason], **EXTRA.get(reason, {})}
    papers = ("identity", "change_proof") if reason == "changed" else ("identity",)
    given = {"fields": fields, "presented": papers, "identity": FACE, "waiver": "首次减免", **rest}
    return Request(kind="replacement", resident=person, card=card, **given)


def visit(place, text):
    from healthcard.perso.upkeep import business

    return business.Entry(path=f"DF03/{place}", number=1, data=text)


def alert(number, raw):
    from healthcard.perso.upkeep import business

    return business.Entry(path="DF02/EF05", number=number, data=raw)


def write(actor, card, chip, shop, *entries):
    """Institutions write on a card."""
    from healthcard.card.wire import layout
    from healthcard.perso.upkeep import business, transfer
    from healthcard.perso.upkeep.results import Finished
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import Card

    shape = layout.load(Card.objects.get(pk=card).layout)
    goals, left = transfer.transfer(business.BusinessData(layout=shape.name, entries=entries), shape)
    assert left == ()
    assert isinstance(upkeep.run(actor, card, "write", goals, chip, shop.keys), Finished)


class Desk:
    """A clerk with a reviewer, a maker and chips: what leads from a wish to a card that waits."""

    def __init__(self, *, clerk, console, judge, shop, blank):
        self.clerk, self.console, self.judge, self.shop, self._blank = clerk, console, judge, shop, blank
        self._stack = ExitStack()

    def close(self):
        self._stack.close()

    def asked(self, person, reason, **rest):
        from healthcard.services.desk import replacement

        return replacement.ask(self.clerk, wish(person, reason, **rest)).application.id

    def made(self, application, product="jia"):
        """Ordered, personalised, arrived: the card and its chip."""
        from healthcard.services.desk import issue
        from healthcard.services.workshop import cards, making

        card = issue.order(self.clerk, application)
        serial = cards.shown(self.console, card).issue_serial
        chip = self._stack.enter_context(self._blank(product, serial, next(numbers)))
        making.personalise(self.console, card, chip, self.shop)
        issue.arrive(self.clerk, card)
        return card, chip

    def waiting(self, person, reason, product="jia", **rest):
        """A replacement that waits to be collected: its application, its card, its chip."""
        application = self.asked(person, reason, **rest)
        self.judge(application)
        return (application, *self.made(application, product))

    def read(self, application, chip):
        from healthcard.services.desk import transfer

        return transfer.read(self.clerk, application, chip, self.shop.keys)

    def move(self, application, chip):
        from healthcard.services.desk import transfer

        return transfer.move(self.clerk, application, chip, self.shop.keys)

    def declare(self, application, card, why="不能识读"):
        from healthcard.services.desk import transfer

        return transfer.declare(self.clerk, application, card, why)

    def hand_over(self, application, chip, **rest):
        from healthcard.services.desk import issue

        return issue.hand_over(self.clerk, application, chip, self.shop.keys, collection(**rest))

    def give_up(self, application, reason):
        from healthcard.services.desk import issue

        issue.give_up(self.clerk, application, reason)

    def lent(self, person):
        """A temporary card in its holder's hands: its id and its chip."""
        from desk import FIELDS, request

        from healthcard.services.desk import temporary

        FIELDS.setdefault("temporary", {"phone": "15412345678", "temporary_reason": "住院"})
        asked, number = temporary.ask(self.clerk, request("temporary", person)).id, next(numbers)
        chip = self._stack.enter_context(self._blank("jia", f"blank{number}", number))
        temporary.make(self.clerk, asked, chip, self.shop)
        return temporary.hand_over(self.clerk, asked, chip, self.shop.keys, collection()), chip

    def data(self, card, chip):
        """What a card holds in DF02 and DF03, as the reader of personalisation reads it."""
        from healthcard.services.workshop import upkeep

        return upkeep.business_data(self.console, card, chip, self.shop.keys)
