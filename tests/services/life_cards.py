"""The rest of the reading: how cards come, stand in for one another, and end (第十二条第一、六、七项, 第十三条)."""

from __future__ import annotations

from life_model import NEW, OPEN, Application, Card, Life, need


class WholeLife(Life):
    """A person's cards from the first to the last."""

    # --- 第十二条第一项

    def ask_first(self) -> None:
        need(not self._in("planned", "made", "issued", kind="formal"), "one person, one card")
        self._asked(*NEW)
        self._take("first_issue")

    def order(self, application: int) -> None:
        asked = self._of(application, *NEW)
        need(asked.state == "approved", "not approved")
        need(not self._in("planned", "made", kind="formal"), "one is being made")
        need(asked.kind == "replacement" or not self._formal(), "one person, one card")
        need(asked.kind == "first_issue" or self._formal(), "no card to replace")
        asked.state = "making"
        self.cards.append(Card(application=application))

    def make(self, card: int) -> None:
        made = self.cards[card]
        need(made.life == "planned", "made once")
        made.happens(life="made")

    def dispatch(self, card: int) -> None:
        sent = self.cards[card]
        need(sent.life == "made" and sent.place in ("maker", "desk"), "not here to send")
        sent.happens(place="transit")

    def arrive(self, card: int) -> None:
        come = self.cards[card]
        need(come.life == "made" and come.place in ("maker", "transit"), "not on its way")
        come.happens(place="desk", kept_long=False)
        if come.kind == "formal":
            asked = self.applications[come.application]
            need(asked.state in ("making", "arrived"), "nobody waits for it")
            asked.state = "arrived"

    def hand_over(self, application: int, card: int, back: bool) -> None:
        asked, given = self._of(application, *NEW), self.cards[card]
        need(given.application == application and given.life == "made", "not the card of this application")
        need(asked.state == "arrived" and given.place == "desk", "not at the desk")
        lent, old = self._temporary(), None if asked.card is None else self.cards[asked.card]
        for each in filter(None, (lent, old)):
            need(back or each.loss == "written", "every card comes back that is not lost")
        need(old is None or old.life == "issued", "no card to replace")
        need(self._sources(application) <= given.told_of, "all business data are on the new card")
        self._done(asked)
        if lent:
            self._end_temporary(lent, "returned" if back else "lost", "recovered" if back else "lost")
        if old:
            self._cancel(old, asked, back=back)
        given.happens(life="issued", place="holder", was_out=True)

    def _sources(self, application: int) -> frozenset[int]:
        """The cards on which there is something of this person."""
        lent = [
            n
            for n, card in enumerate(self.cards)
            if card.kind == "temporary" and card.was_out and self.applications[card.application].parent == application
        ]
        old = self.applications[application].card
        return frozenset(lent if old is None else [old, *lent])

    def _cancel(self, old: Card, asked: Application, *, back: bool) -> None:
        """注销标记"""
        old.happens(life="ended", end_reason="replaced", place="recovered" if back else "lost")
        if back:
            old.receipt = True
        else:
            old.happens(chip_end="listed")
        for number, each in enumerate(self.applications):
            if each.kind in ("unloss", "unlock") and each.state in OPEN and each.card == asked.card:
                self._close(number, "lapsed")

    def give_up(self, application: int, reason: str) -> None:
        waiting = [n for n in self._in("made", kind="formal") if self.cards[n].application == application]
        need(waiting, "no card waits")
        card, asked = self.cards[waiting[0]], self.applications[application]
        need(reason != "uncollected" or card.kept_long, "kept longer")
        need(asked.state in OPEN, "closed")
        card.happens(life="ended", end_reason=reason, place="recovered")
        if reason == "defective":  # another is made for him
            asked.state = "approved"
        else:
            self._close(application, "lapsed")

    def half_a_year(self, card: int) -> None:
        """Time passes while a card waits at the desk."""
        self.cards[card].kept_long = True

    def counts(self, act: str, number: int = 0) -> bool:
        """Whether it makes a difference that this time passes."""
        oral = [card for card in self._issued() if card.loss == "oral"]
        return {
            "ten_days": bool([card for card in oral if not card.over]),
            "lapse": bool(oral),
            "half_a_year": number < len(self.cards) and self.cards[number].place == "desk",
        }.get(act, True)

    # --- 第六、七项

    def ask_replacement(self, reason: str) -> None:
        old = self._formal()
        need(old, "no card to replace")
        self._asked(*NEW)
        number = self._take("replacement", self.cards.index(old), reason=reason)
        if reason != "lost":
            need(old.loss == "none" or old.over, "reported lost")
        elif old.loss != "written":
            old.happens(loss="written", place="lost", over=False, frozen_by=number)

    def declare(self, application: int, card: int) -> None:
        asked = self._of(application, *NEW)
        need(asked.state in ("making", "arrived"), "no new card yet")
        new = [n for n in self._in("made", kind="formal") if self.cards[n].application == application]
        need(new and card in self._sources(application), "nothing of this person is on it")
        self.cards[new[0]].told_of |= {card}

    def ask_temporary(self) -> None:
        wish = self._wish()
        need(wish is not None, "no new card is asked for")
        need(not self._in("planned", "made", "issued", kind="temporary"), "one temporary card")
        self._asked("temporary")
        self._take("temporary", parent=wish)

    def make_temporary(self, application: int) -> None:
        asked = self._of(application, "temporary")
        need(asked.state in OPEN and self.applications[asked.parent].state in OPEN, "decided")
        made = [n for n in self._in("made") if self.cards[n].application == application]
        need(not made, "made once")
        self.cards.append(Card(kind="temporary", application=application, life="made", place="desk", events=3))

    def lend(self, application: int, card: int) -> None:
        asked, given = self._of(application, "temporary"), self.cards[card]
        need(given.application == application and given.life == "made", "not the card of this application")
        need(given.place == "desk", "not here")
        self._done(asked)
        formal = self._formal()
        if formal and not formal.suspended:
            formal.happens(suspended=True)
        given.happens(life="issued", place="holder", was_out=True)

    def give_back(self) -> None:
        lent = self._temporary()
        need(lent, "none is out")
        self._end_temporary(lent, "returned", "recovered")
        self._resume()

    def lose_temporary(self) -> None:
        lent = self._temporary()
        need(lent, "none is out")
        self._end_temporary(lent, "lost", "lost")
        self._resume()

    # --- 第十三条

    def ask_end(self, kind: str, with_card: bool) -> None:
        living = sorted(self._in("issued", "made"), key=lambda n: (self.cards[n].life, self.cards[n].kind, n))
        named = [n for n in living if kind == "termination" or self.cards[n] is self._formal()]
        need(named, "no card to end")
        self._asked(kind, card=named[0])
        number = self._take(kind, named[0], with_card=with_card or kind == "return")
        if kind == "return":
            self._end_all(self.applications[number])

    def _end_all(self, asked: Application) -> None:
        """Nothing is left behind: no card, and no wish for one, but what the maker still has in hand."""
        self._done(asked)
        living = self._in("issued", "made")
        need(living, "no card to end")
        reason = "returned" if asked.kind == "return" else "holder"
        for number in living:
            self._end(number, asked, reason)
        for number in reversed(range(len(self.applications))):
            other = self.applications[number]
            cards = [card for card in self.cards if self.applications[card.application] is other]
            if other.state in OPEN and not [card for card in cards if card.life == "planned"]:
                self._close(number, "lapsed")

    def _end(self, number: int, asked: Application, reason: str) -> None:
        card, here = self.cards[number], asked.with_card and asked.card == number
        card.receipt |= here
        if card.life == "made":
            card.happens(life="ended", end_reason="withdrawn", place="recovered")
            return
        place = "recovered" if here else "lost" if card.place == "lost" else "holder"
        card.happens(life="ended", end_reason=reason, place=place)
        if not here:
            card.happens(chip_end="listed")

    def receive(self, card: int) -> None:
        back = self.cards[card]
        need(back.life == "ended" and back.place != "destroyed", "has not ended, or is gone")
        if back.place != "recovered":
            back.happens(place="recovered")
        back.receipt = True

    def lock_chip(self, card: int) -> None:
        ended = self.cards[card]
        need(ended.life == "ended" and ended.chip_end in ("none", "listed"), "has not ended, or is locked")
        need(not self._to_be_read(card), "its data are to be moved first")
        ended.happens(chip_end="locked", app_lock="permanent")

    def _to_be_read(self, card: int) -> bool:
        """A temporary card that came back before the new card was there."""
        lent = self.cards[card]
        if lent.kind != "temporary" or not lent.was_out:
            return False
        wish = self.applications[lent.application].parent
        told = [each for each in self.cards if each.application == wish and card in each.told_of]
        return self.applications[wish].state in OPEN and not told

    def list_chip(self, card: int) -> None:
        ended = self.cards[card]
        need(ended.life == "ended" and ended.chip_end == "none", "has not ended, or needs no list")
        need(ended.receipt and ended.place == "recovered", "not in the register")
        ended.happens(chip_end="listed")

    def propose_destruction(self, card: int) -> None:
        kept = self.cards[card]
        need(kept.receipt and kept.place == "recovered", "not in the register")
        need(not self._to_be_read(card), "its data are to be moved first")
        kept.witness = True

    def destroy(self, card: int) -> None:
        kept = self.cards[card]
        need(kept.receipt and kept.place == "recovered", "not in the register")
        need(kept.witness, "two people")
        need(not self._to_be_read(card), "its data are to be moved first")
        kept.happens(place="destroyed", chip_end="destroyed")
