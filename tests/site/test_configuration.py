from __future__ import annotations

import os

import pytest

from healthcard.site.configuration import UnknownSetting, read


def test_without_settings_everything_is_in_var_and_embedded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = read({"PATH": "/bin"})
    assert (found.home, found.embedded, found.production) == (tmp_path / "var", True, False)
    assert "127.0.0.1" in found.hosts


def test_a_name_that_is_no_setting_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(UnknownSetting, match=r"HEALTHCARD_DATABSE_URL; there are .*HEALTHCARD_DATABASE_URL"):
        read({"HEALTHCARD_DATABSE_URL": "postgresql://"})
    (tmp_path / "healthcard.toml").write_text("databse_url = ''\n")
    with pytest.raises(UnknownSetting, match="HEALTHCARD_DATABSE_URL"):
        read({"HEALTHCARD_HOME": str(tmp_path)})


def test_the_environment_goes_before_the_file(tmp_path):
    (tmp_path / "healthcard.toml").write_text('hosts = ["a.example", "b.example"]\nhttps = true\n')
    home = {"HEALTHCARD_HOME": str(tmp_path)}
    assert read(home).hosts == ("a.example", "b.example")
    assert read(home).https
    assert read({**home, "HEALTHCARD_HTTPS": "0", "HEALTHCARD_HOSTS": "c.example"}).hosts == ("c.example",)
    assert not read({**home, "HEALTHCARD_HTTPS": "0"}).https


@pytest.mark.parametrize("text", ["https = 5\n", "hosts = 3.5\n", "hosts = [1]\n"])
def test_a_value_of_the_wrong_kind_is_refused(tmp_path, text):
    (tmp_path / "healthcard.toml").write_text(text)
    with pytest.raises(UnknownSetting, match="wants"):
        read({"HEALTHCARD_HOME": str(tmp_path)})


@pytest.mark.parametrize("name", ["vault", "home"])
def test_what_only_the_environment_can_say_is_refused_in_the_file(tmp_path, name):
    (tmp_path / "healthcard.toml").write_text(f'{name} = "elsewhere"\n')
    with pytest.raises(UnknownSetting, match=f"set HEALTHCARD_{name.upper()} in the environment"):
        read({"HEALTHCARD_HOME": str(tmp_path)})


def test_the_key_services_user_is_a_number(tmp_path):
    assert read({}).keys_uid == frozenset()
    assert read({"HEALTHCARD_KEYS_UID": "1002"}).keys_uid == {1002}
    with pytest.raises(UnknownSetting, match="number of a user, not 'keys'"):
        read({"HEALTHCARD_KEYS_UID": "keys"})


@pytest.mark.parametrize("value", ["yes", "true", " ", "2"])
def test_a_flag_is_one_or_nought(value):
    with pytest.raises(UnknownSetting, match="is 1 or 0"):
        read({"HEALTHCARD_HTTPS": value})


def test_production_has_to_name_its_hosts():
    with pytest.raises(UnknownSetting, match="HEALTHCARD_HOSTS"):
        read({"HEALTHCARD_PRODUCTION": "1"})
    assert read({"HEALTHCARD_PRODUCTION": "1", "HEALTHCARD_HOSTS": "card.example"}).production


def test_a_database_address_shows_in_no_repr():
    found = read({"HEALTHCARD_DATABASE_URL": "postgresql://app:secret@db/healthcard"})
    assert not found.embedded
    assert "secret" not in repr(found)


def test_an_address_that_is_none_is_refused_without_repeating_it():
    from healthcard.site import databases

    with pytest.raises(UnknownSetting) as refusal:
        databases.application(read({"HEALTHCARD_DATABASE_URL": "mysql:secret"}))
    assert "secret" not in str(refusal.value)


def test_an_address_becomes_djangos_entry():
    from healthcard.site import databases

    entry = databases.application(read({"HEALTHCARD_DATABASE_URL": "postgresql://app:s@db:5433/cards?sslmode=require"}))
    assert (entry["NAME"], entry["USER"], entry["HOST"], entry["PORT"]) == ("cards", "app", "db", "5433")
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_the_port_for_institutions_is_a_number_or_none():
    assert read({}).institution_port == 0
    assert read({"HEALTHCARD_INSTITUTION_PORT": "8001"}).institution_port == 8001
    for value in ("x", "-1", "65536", "٨", "9" * 5000):
        with pytest.raises(UnknownSetting, match="number of a port"):
            read({"HEALTHCARD_INSTITUTION_PORT": value})


def test_the_process_for_institutions_has_a_role_of_its_own_where_one_is_named():
    from healthcard.site import databases

    desk = {"HEALTHCARD_DATABASE_URL": "postgresql://app:s@db/cards"}
    own = desk | {"HEALTHCARD_INSTITUTION_DATABASE_URL": "postgresql://hospitals:s@db/cards"}
    assert databases.institution(read(desk))["USER"] == "app"
    assert databases.institution(read(own))["USER"] == "hospitals"


def test_in_production_the_process_for_institutions_has_its_own_role_on_an_operators_server():
    given = {"HEALTHCARD_PRODUCTION": "1", "HEALTHCARD_HOSTS": "a.example", "HEALTHCARD_INSTITUTION_PORT": "8001"}
    given["HEALTHCARD_DATABASE_URL"] = "postgresql://app@db/x"
    with pytest.raises(UnknownSetting, match="HEALTHCARD_INSTITUTION_DATABASE_URL"):
        read(given)
    assert read({**given, "HEALTHCARD_INSTITUTION_DATABASE_URL": "postgresql://asks@db/x"}).institution_port == 8001
    assert read({**given, "HEALTHCARD_INSTITUTION_PORT": ""}).production


def test_the_embedded_server_has_a_role_for_institutions(tmp_path):
    from healthcard.site import databases

    found = read({"HEALTHCARD_HOME": str(tmp_path)})
    roles = {databases.application(found)["USER"], databases.institution(found)["USER"]}
    assert roles == {"healthcard_app", "healthcard_institution"}


def test_the_process_for_institutions_is_not_told_the_other_roles(tmp_path, monkeypatch):
    from healthcard.site.installation import Site

    names = ("DATABASE_URL", "INSTITUTION_DATABASE_URL", "OWNER_DATABASE_URL", "FSCK_DATABASE_URL")
    for name in names:
        monkeypatch.setenv(f"HEALTHCARD_{name}", f"postgresql://{name.lower()}@db/x")
    monkeypatch.setenv("HEALTHCARD_HOME", str(tmp_path))
    told = Site.open(dict(os.environ)).institution_environment()
    assert {name for name in names if f"HEALTHCARD_{name}" in told} == {"INSTITUTION_DATABASE_URL"}


def test_networks_of_webhooks_are_networks():
    assert read({"HEALTHCARD_WEBHOOK_NETWORKS": "10.0.0.0/8, fd00::/8"}).webhook_networks == ("10.0.0.0/8", "fd00::/8")
    assert read({}).webhook_networks == ()
    with pytest.raises(UnknownSetting, match="WEBHOOK_NETWORKS"):
        read({"HEALTHCARD_WEBHOOK_NETWORKS": "his.example.org"})
