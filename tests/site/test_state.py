from __future__ import annotations

import stat

import pytest

from healthcard.services.state import State


def _modes(home):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home, *home.iterdir())}


def test_every_folder_is_private_and_stays_so(tmp_path):
    state = State(tmp_path / "var")
    state.ensure()
    state.keys.chmod(0o755)
    state.ensure()
    assert set(_modes(state.home).values()) == {0o700}


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    state = State(tmp_path / "var")
    state.home.mkdir()
    (tmp_path / "elsewhere").mkdir()
    state.run.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        state.ensure()


def test_sockets_have_short_names_however_long_the_path_is(tmp_path):
    state = State(tmp_path.joinpath(*["very-long-folder-name"] * 8))
    assert len(str(state.key_socket)) < 100
    assert state.run == State(state.home).run != State(state.home / "other").run
    state.run.mkdir()
    state.run.rmdir()


def test_a_short_name_that_somebody_else_made_is_not_used(tmp_path):
    state = State(tmp_path.joinpath(*["very-long-folder-name"] * 8))
    short = state.run
    short.symlink_to(tmp_path)
    try:
        with pytest.raises(PermissionError, match="belongs to somebody else"):
            _ = state.key_socket
    finally:
        short.unlink()


def test_an_installation_holds_no_folder_and_no_secret_open_to_others(installation):
    for path in installation.state.home.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_dir() and not path.is_symlink():
            assert mode == 0o700, path
        elif installation.state.secrets in path.parents:
            assert mode == 0o600, path
