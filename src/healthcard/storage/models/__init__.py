"""Every table. Models hold fields, constraints and named queries; rules live in `domain`, acts in `services`."""

from healthcard.storage.models.acceptance import CosScript, SampleCard
from healthcard.storage.models.accounts import Account, Credential, Token
from healthcard.storage.models.admission import (
    AdmissionRule,
    ChipUse,
    Dossier,
    DossierEvent,
    DossierKind,
    IssuerNumber,
    Producer,
    Selection,
    SupplyOrder,
    Validity,
)
from healthcard.storage.models.applications import (
    Application,
    ApplicationKind,
    ApplicationState,
    FirstContent,
    Registration,
    Transfer,
    TransferNotice,
)
from healthcard.storage.models.audit import AuditAnchor, AuditChain, AuditEntry, IdempotentAnswer
from healthcard.storage.models.binding import KeyBinding
from healthcard.storage.models.cards import (
    Card,
    CardChange,
    CardEvent,
    CardKind,
    CardLife,
    IssueSerial,
    LifecycleRule,
    PersonVersion,
    Recovery,
)
from healthcard.storage.models.desk_days import DayClose
from healthcard.storage.models.institutions import Challenge, Misuse, Verification, Webhook
from healthcard.storage.models.locks import LockOrder, LockWish
from healthcard.storage.models.organisations import (
    Authorisation,
    GrantKind,
    IssuerIdentity,
    Organisation,
    OrganisationKind,
)
from healthcard.storage.models.parameters import Holiday, ParameterSet
from healthcard.storage.models.people import Collection, ExtraField, PersonRequest
from healthcard.storage.models.perso import PersoIntent, PersoJob, PersoOutcome, PersoState
from healthcard.storage.models.platform import CardCount, DayCount, HomeChange, Uptime
from healthcard.storage.models.residents import (
    Access,
    FindingKind,
    Message,
    Resident,
    ResidentChange,
    ResidentKey,
    RosterImport,
)
from healthcard.storage.models.scans import ApplicationScan
from healthcard.storage.models.stations import Station
from healthcard.storage.models.upkeep import UpkeepIntent, UpkeepJob, UpkeepOutcome, UpkeepState

__all__ = [
    "Access",
    "Account",
    "AdmissionRule",
    "Application",
    "ApplicationKind",
    "ApplicationScan",
    "ApplicationState",
    "AuditAnchor",
    "AuditChain",
    "AuditEntry",
    "Authorisation",
    "Card",
    "CardChange",
    "CardCount",
    "CardEvent",
    "CardKind",
    "CardLife",
    "Challenge",
    "ChipUse",
    "Collection",
    "CosScript",
    "Credential",
    "DayClose",
    "DayCount",
    "Dossier",
    "DossierEvent",
    "DossierKind",
    "ExtraField",
    "FindingKind",
    "FirstContent",
    "GrantKind",
    "Holiday",
    "HomeChange",
    "IdempotentAnswer",
    "IssueSerial",
    "IssuerIdentity",
    "IssuerNumber",
    "KeyBinding",
    "LifecycleRule",
    "LockOrder",
    "LockWish",
    "Message",
    "Misuse",
    "Organisation",
    "OrganisationKind",
    "ParameterSet",
    "PersoIntent",
    "PersoJob",
    "PersoOutcome",
    "PersoState",
    "PersonRequest",
    "PersonVersion",
    "Producer",
    "Recovery",
    "Registration",
    "Resident",
    "ResidentChange",
    "ResidentKey",
    "RosterImport",
    "SampleCard",
    "Selection",
    "Station",
    "SupplyOrder",
    "Token",
    "Transfer",
    "TransferNotice",
    "UpkeepIntent",
    "UpkeepJob",
    "UpkeepOutcome",
    "UpkeepState",
    "Uptime",
    "Validity",
    "Verification",
    "Webhook",
]
