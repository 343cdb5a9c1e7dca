"""The kinds of things that doors name: they know services, not tables."""

from healthcard.storage.models import GrantKind, OrganisationKind

__all__ = ["GrantKind", "OrganisationKind"]
