"""The suppliers of a demonstration, all invented: admitted, filed, selected, their scripts and sample cards accepted.

Every step goes through the services, by the people whose it is. Worlds of tests are built by the same steps.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gmssl_pyx import sm2_key_generate, sm2_sign

from healthcard.domain.admission.papers import Content, Kind, NewDossier, Report
from healthcard.domain.organisations import credit_check
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.admission import dossiers, producers, samples, scripts, selections
from healthcard.services.admission.scripts import Delivery

PRODUCTS = {"jia": ("甲型芯片", "甲 COS 32K"), "yi": ("乙型芯片", "乙 COS 32K"), "bing": ("丙型芯片", "丙 COS 16K")}
DOCUMENT = "示范〔2026〕2号"
TERM = timedelta(days=3 * 365)
_FIRST_OF_CODE = "9199000000000000"  # of invented credit codes: two more digits and the check character follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who does it: three people at the registration centre, two at the province."""

    taker: Actor
    reviewer: Actor
    certifier: Actor
    selector: Actor
    second: Actor


@dataclass(slots=True, kw_only=True)
class Suppliers:
    """The suppliers as far as they are there: admissions by field, filings by product."""

    staff: Staff
    admissions: dict[str, int] = field(default_factory=dict)
    filings: dict[str, int] = field(default_factory=dict)
    _producers: dict[str, int] = field(default_factory=dict)
    _key: tuple[bytes, bytes] = field(default_factory=sm2_key_generate)

    def file(self, *products: str) -> None:
        """Have these products filed, selected, their scripts and samples accepted; those that are already, stay."""
        chosen = self._admit() + [number for product in products for number in self._filed(product)]
        today = clock()[1]
        if chosen:
            numbers = selections.select(self.staff.selector, tuple(chosen), document=DOCUMENT, valid_from=today)
            selections.file(self.staff.second, numbers, today)
        for product in products:
            if product not in self.filings:
                raise KeyError(product)
            self._accept(product)

    def _admit(self) -> list[int]:
        """The producers of everything, admitted once; what the province selects of it."""
        if self.admissions:
            return []
        for number, kind in enumerate(("chip", "cos", "card", "laboratory")):
            public = self._key[0] if kind == "cos" else b""
            code = f"{_FIRST_OF_CODE}{number}"
            self._producers[kind] = producers.enter(
                self.staff.taker,
                name=f"示范{_NAMES[kind]}",
                credit_code=code + credit_check(code),
                public_key=public,
            )
            self.admissions[kind] = self._certified(
                NewDossier(kind=Kind.ADMISSION, field=kind, producer=self._producers[kind])
            )
        return [self.admissions["card"]]

    def _filed(self, product: str) -> tuple[int, ...]:
        """A chip and the COS on it, filed once."""
        if product in self.filings:
            return ()
        chip_name, cos_name = PRODUCTS[product]
        chip = self._certified(
            NewDossier(
                kind=Kind.FILING, field="chip", producer=self._producers["chip"], content=Content(name=chip_name)
            )
        )
        report = Report(laboratory=self.admissions["laboratory"], number=f"JC-{product}-1", day=clock()[1])
        cos = NewDossier(
            kind=Kind.FILING,
            field="cos",
            producer=self._producers["cos"],
            content=Content(name=cos_name, report=report),
            product=product,
            basis=chip,
        )
        self.filings[product] = self._certified(cos)
        return chip, self.filings[product]

    def _certified(self, new: NewDossier) -> int:
        dossier = dossiers.apply(self.staff.taker, new)
        dossiers.proceed(self.staff.reviewer, dossier, "recommend")
        first: date = clock()[1]
        dossiers.certify(self.staff.certifier, dossier, f"示范{new.kind}{dossier}", first, first + TERM)
        return dossier

    def _accept(self, product: str) -> None:
        """The script that making uses and a sample card, both as carried over from before."""
        staff, dossier = self.staff, self.filings[product]
        if any(row.dossier == dossier for row in scripts.listed(staff.selector, dossier)):
            return
        content = files("healthcard.perso").joinpath("cos", f"{product}.toml").read_bytes()
        number = scripts.deliver(staff.selector, self.signed(product, content))
        scripts.accept(staff.selector, number)
        scripts.accept(staff.second, number)
        sample = samples.carry_over(staff.selector, number, self.admissions["card"], DOCUMENT)
        samples.approve(staff.second, sample)

    def signed(self, product: str, content: bytes, version: str = "1.0", document: str = DOCUMENT) -> Delivery:
        """A script as its maker delivers it."""
        told = scripts.message(product, "script", version, hashlib.new("sm3", content).digest())
        public, private = self._key
        r, s = decode_dss_signature(sm2_sign(private, public, told))
        return Delivery(
            dossier=self.filings[product],
            kind="script",
            version=version,
            content=content,
            signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"),
            document=document,
        )


_NAMES = {"chip": "芯片设计公司", "cos": "卡片系统公司", "card": "制卡厂", "laboratory": "检测中心"}
