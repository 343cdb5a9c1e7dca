"""Which key store this database belongs to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class KeyBinding(models.Model):
    """One row, written once: `mark` is an HMAC-SM3 (32 bytes) of a constant under the key of the identity digests."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    mark = models.BinaryField(max_length=32)
    bound_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "key_binding"
        constraints: ClassVar = [
            models.CheckConstraint(name="key_binding_one", condition=Q(id=1)),
            models.CheckConstraint(name="key_binding_mark", condition=Q(mark__length=32)),
        ]
