"""Invented suppliers for a world of tests, with the people whose it is to admit and select them."""

from __future__ import annotations

PARTS = {"taker": "clerk", "reviewer": "reviewer", "certifier": "supervisor"}
OWN = {"selector": "supervisor", "second": "supervisor"}


class Supply:
    """Files what a product needs when it is first asked for; does nothing in a world without an issuing province."""

    def __init__(self):
        self._suppliers = None
        self._filed = set()

    def __call__(self, *products):
        missing = [product for product in products if product not in self._filed]
        if not missing or not self._built():
            return
        self._suppliers.file(*missing)
        self._filed.update(missing)

    def _built(self):
        from healthcard.services.stage.admitted import Staff, Suppliers
        from healthcard.storage.models import Dossier, Organisation

        if self._suppliers is not None:
            return True
        province = Organisation.objects.filter(kind="province").order_by("pk").first()
        if province is None or Dossier.objects.exists():
            return False
        staff = {part: _member(part, role, province.parent) for part, role in PARTS.items()}
        staff |= {part: _member(part, role, province) for part, role in OWN.items()}
        self._suppliers = Suppliers(staff=Staff(**staff))
        return True


def _member(part, role, place):
    from healthcard.services import actor
    from healthcard.storage.models import Account

    row = Account.objects.create(username=f"supply.{part}", full_name=part, organisation=place, role=role, password="!")
    return actor.of_account(row.pk)
