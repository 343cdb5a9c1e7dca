"""The addresses of the settings."""

from __future__ import annotations

from django.urls import path

from healthcard.web.settings import codes, logins, machines, organisations, parameters

urlpatterns = [
    path("settings", organisations.listed, name="settings"),
    path("settings/organisations/new", organisations.opened, name="settings_organisation"),
    path("settings/organisations/<int:organisation>/closing", organisations.closed, name="settings_closing"),
    path("settings/organisations/<int:organisation>/merging", organisations.merged, name="settings_merging"),
    path("settings/logins", logins.listed, name="settings_logins"),
    path("settings/logins/new", logins.opened, name="settings_login"),
    path("settings/logins/<int:login>/closing", logins.closed, name="settings_login_closing"),
    path("settings/logins/<int:login>/renewal", logins.renewed, name="settings_login_renewal"),
    path("settings/machines", machines.listed, name="settings_machines"),
    path("settings/machines/new", machines.created, name="settings_machine"),
    path("settings/machines/<int:machine>/revocation", machines.revoked, name="settings_machine_revocation"),
    path("settings/parameters", parameters.listed, name="settings_parameters"),
    path("settings/parameters/change", parameters.changing, name="settings_parameters_change"),
    path("settings/parameters/effect", parameters.previewed, name="settings_parameters_effect"),
    path("settings/parameters/proposal", parameters.proposed, name="settings_parameters_proposal"),
    path("settings/parameters/<int:version>/approval", parameters.approved, name="settings_parameters_approval"),
    path("settings/parameters/<int:version>/filing", parameters.filed, name="settings_parameters_filing"),
    path("settings/codes", codes.listed, name="settings_codes"),
]
