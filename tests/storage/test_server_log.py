"""A server that would write people into its log is told to whoever runs it."""

from __future__ import annotations

import pytest

from healthcard.storage import embedded, server_log


def test_our_own_server_is_quiet_and_one_as_it_is_installed_is_not(installation, db):
    assert bool(server_log.loud()) is not installation.embedded
    assert bool(list(installation.cautions())) is not installation.embedded


@pytest.mark.parametrize("name", server_log.QUIET)
def test_a_setting_that_tells_is_named_with_what_it_should_be(installation, superuser, monkeypatch, name):
    import psycopg
    from django.db import connections

    telling = {"log_min_messages": "warning", "log_min_error_statement": "error", "log_statement": "ddl"}.get(name, "1")
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        user = connections["default"].settings_dict["USER"]
        connection.execute(f'ALTER ROLE "{user}" SET {name} = {telling}')
        connections["default"].close()
        try:
            assert server_log.loud()[name] == server_log.QUIET[name][0]
            assert any(f"{name} = " in caution for caution in installation.cautions())
        finally:
            connection.execute(f'ALTER ROLE "{user}" RESET {name}')
            connections["default"].close()


def test_our_own_server_has_what_others_are_asked_for():
    ours = {name: embedded.SETTINGS[name] for name in server_log.QUIET if name in embedded.SETTINGS}
    assert len(ours) == 4
    assert all(value in server_log.QUIET[name] for name, value in ours.items())
