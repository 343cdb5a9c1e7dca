"""Every table. Models hold fields, constraints and named queries; rules live in `domain`, acts in `services`."""

from healthcard.storage.models.accounts import Account
from healthcard.storage.models.binding import KeyBinding
from healthcard.storage.models.cards import Card, CardKind, CardLife, IssueSerial
from healthcard.storage.models.organisations import IssuerIdentity, Organisation, OrganisationKind
from healthcard.storage.models.perso import PersoIntent, PersoJob, PersoOutcome, PersoState
from healthcard.storage.models.residents import Resident, RosterImport

__all__ = [
    "Account",
    "Card",
    "CardKind",
    "CardLife",
    "IssueSerial",
    "IssuerIdentity",
    "KeyBinding",
    "Organisation",
    "OrganisationKind",
    "PersoIntent",
    "PersoJob",
    "PersoOutcome",
    "PersoState",
    "Resident",
    "RosterImport",
]
