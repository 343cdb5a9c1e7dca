"""The addresses of the auditor."""

from __future__ import annotations

from django.urls import path

from healthcard.web.audit import views

urlpatterns = [
    path("audit", views.searched, name="audit"),
    path("audit/find", views.found, name="audit_find"),
    path("audit/check", views.checked, name="audit_check"),
]
