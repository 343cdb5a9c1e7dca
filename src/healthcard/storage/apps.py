"""Django's name for this room."""

from __future__ import annotations

from django.apps import AppConfig


class StorageConfig(AppConfig):
    """The one application with models."""

    name = "healthcard.storage"
    label = "storage"
    default_auto_field = "django.db.models.BigAutoField"
