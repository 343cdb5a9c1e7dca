"""Who the embedded server runs as. Only root has a choice, so what is asserted depends on who runs the tests."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess

import pytest

from healthcard.storage.osuser import OsUser, let_reach, let_run, server_user

ROOT = os.geteuid() == 0


@pytest.fixture
def private(tmp_path):
    folder = tmp_path / "private" / "deep"
    folder.mkdir(parents=True)
    for path in (folder, folder.parent):
        path.chmod(0o700)
    return folder


def _other():
    """A user who is neither us nor the server's."""
    return pwd.getpwnam("nobody").pw_uid


def _may(uid, flag, path):
    done = subprocess.run(["test", flag, path], user=uid, group=uid, extra_groups=[], check=False)
    return done.returncode == 0


def test_the_server_never_runs_as_root():
    user = server_user()
    assert (user is None) == (not ROOT)
    assert user is None or user.uid != 0


def test_the_servers_user_may_pass_through_a_private_folder_and_nobody_else_may(private):
    user = server_user() or OsUser(uid=os.geteuid() + 1, gid=os.getegid())
    changed = let_reach(private, user)
    assert {private, private.parent} <= set(changed)
    assert stat.S_IMODE(private.stat().st_mode) & 0o007 == 0
    assert let_reach(private, user) == ()
    if ROOT:
        assert _may(user.uid, "-x", private)
        assert not _may(user.uid, "-r", private)
        assert not _may(_other(), "-x", private)


def test_a_folder_closed_again_by_its_owner_is_opened_again_for_that_user_alone(private):
    user = server_user() or OsUser(uid=os.geteuid() + 1, gid=os.getegid())
    let_reach(private, user)
    private.chmod(0o700)
    assert let_reach(private, user) == (private,)
    assert stat.S_IMODE(private.stat().st_mode) & 0o007 == 0


def test_a_list_of_others_rights_is_kept(private):
    first, second = OsUser(uid=60001, gid=60001), OsUser(uid=60002, gid=60002)
    let_reach(private, first)
    let_reach(private, second)
    assert let_reach(private, first) == ()
    assert let_reach(private, second) == ()


def test_programs_installed_for_us_alone_become_everybodys(tmp_path):
    program, data = tmp_path / "bin" / "postgres", tmp_path / "share" / "zone"
    for path, mode in ((program, 0o700), (data, 0o600)):
        path.parent.mkdir(mode=0o700)
        path.touch()
        path.chmod(mode)
    let_run(tmp_path)
    assert stat.S_IMODE(program.stat().st_mode) == 0o755
    assert stat.S_IMODE(data.stat().st_mode) == 0o644
    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o755
