"""People and papers of the registration centre, for tests of admission and filing."""

from __future__ import annotations

from datetime import timedelta

from healthcard.domain.admission.papers import Content, Document, Kind, NewDossier, Report
from healthcard.domain.organisations import credit_check

ADMISSION, FILING = Kind.ADMISSION, Kind.FILING
PAPER = Document(name="检测报告.pdf", digest="ab" * 32)


def credit_code(number):
    first = f"9135010000{number:07d}"
    return first + credit_check(first)


class Centre:
    """Three people of the registration centre, who take an application from its first paper to its certificate."""

    def __init__(self, taker, reviewer, head, today):
        self.taker, self.reviewer, self.head, self.today = taker, reviewer, head, today
        self.count = 0

    def producer(self, name="测试芯片公司", **more):
        from healthcard.services.admission import producers

        self.count += 1
        return producers.enter(self.taker, name=name, credit_code=credit_code(self.count), **more)

    def certify(self, dossier, number, first=None, last=None):
        from healthcard.services.admission import dossiers

        first = first or self.today
        last = last or first + timedelta(days=365)
        dossiers.proceed(self.reviewer, dossier, "recommend")
        dossiers.certify(self.head, dossier, number, first, last)
        return dossier

    def apply(self, field, producer, kind=ADMISSION, **more):
        from healthcard.services.admission import dossiers

        return dossiers.apply(self.taker, NewDossier(kind=kind, field=field, producer=producer, **more))

    def admitted(self, field, producer=None, **dates):
        producer = producer or self.producer(f"测试{field}")
        dossier = self.apply(field, producer)
        self.certify(dossier, f"准{dossier}", **dates)
        return producer, dossier

    def chip(self, producer, name="CIU32", **dates):
        dossier = self.apply("chip", producer, FILING, content=Content(name=name))
        return self.certify(dossier, f"芯{dossier}", **dates)

    def report(self, laboratory, day=None):
        return Report(laboratory=laboratory, number="JC-2026-1", day=day or self.today)


def dates(today, first, last):
    return {"first": today + timedelta(days=first), "last": today + timedelta(days=last)}


__all__ = ["ADMISSION", "FILING", "PAPER", "Centre", "Content", "dates"]
