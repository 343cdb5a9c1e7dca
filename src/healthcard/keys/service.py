"""The key service, a process of its own: `python -m healthcard.keys.service --store PATH --socket PATH`.

The passphrase comes on standard input (its first line) or on a file descriptor, never as an argument or in the
environment. On standard output it says one line: `ready SOCKET`, or `refused REASON`. It ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from healthcard.keys import anchors, disk
from healthcard.keys.anchors import AnchorFile
from healthcard.keys.door import Door, listen
from healthcard.keys.entries import DEMO, PRODUCTION
from healthcard.keys.errors import KeysError, StoreRefused
from healthcard.keys.founding import complete
from healthcard.keys.hardening import Hardening, become, harden
from healthcard.keys.office import KeyOffice
from healthcard.keys.reception import Reception
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore

log = logging.getLogger("healthcard.keys")
LONGEST_PASSPHRASE = 1024
VAULT_KEY = 16
STOP = {signal.SIGTERM, signal.SIGINT}
LOG_FORM = "%(asctime)s %(levelname)s %(message)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to serve. `allowed` uids beyond our own; `vault` is the key file of the virtual chip factory.

    `user` (uid, gid): whom to become once store, vault and socket are open, when we are started as root. `users` is a
    file locked by everybody who works with us: with it, we outlive the parent until nobody does any more.
    """

    store: Path
    socket: Path
    allowed: frozenset[int] = frozenset()
    vault: Path | None = None
    with_parent: bool = False
    user: tuple[int, int] | None = None
    users: Path | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 2 when the service can not begin."""
    options = _parser().parse_args(arguments)
    log_to_stderr()
    settings = Settings(
        store=options.store,
        socket=options.socket,
        allowed=frozenset(options.allow_uid),
        vault=options.factory_vault,
        with_parent=options.with_parent,
        user=options.user,
        users=options.users,
    )
    try:
        hardening = harden()
        serve(settings, read_passphrase(options.passphrase_fd), hardening)
    except (KeysError, OSError) as error:
        log.critical("The key service does not start: %s", error)
        _say(f"refused {error}")
        return 2
    return 0


def log_to_stderr() -> None:
    """Sentences with fields, where the supervisor collects them."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # not in our form, and not free
    logging.basicConfig(level=logging.INFO, format=LOG_FORM, stream=sys.stderr)


def serve(settings: Settings, passphrase: Secret, hardening: Hardening) -> None:
    """Unlock the store, open the door, wait for the end. Raises KeysError, OSError."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # before any thread: the main thread alone takes them
    store = KeyStore.open(settings.store, passphrase)
    vault = read_vault(store.mark, settings.vault)
    complete(store)
    office = KeyOffice(store, vault=vault, anchors=AnchorFile(settings.store.with_name(anchors.NAME)))
    allowed = settings.allowed | {os.geteuid()}
    listener = listen(settings.socket, shared=bool(allowed - {os.geteuid()}))
    users = None if settings.users is None else os.open(settings.users, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if settings.user is not None:  # from here on nothing is opened by name
        become(*settings.user)
        hardening = harden()
    reception = Reception(office, hardening)
    door = Door(reception, settings.socket, allowed, listener)
    door.start()
    _announce(store, settings, hardening)
    if settings.with_parent:
        threading.Thread(target=_follow_parent, args=(users,), name="parent", daemon=True).start()
    stopped_by = signal.sigwait(STOP)
    door.close()
    log.info(
        "The key service ends: signal=%s requests=%d refusals=%d",
        signal.Signals(stopped_by).name,
        reception.requests.total(),
        reception.refusals.total(),
    )


def read_passphrase(descriptor: int) -> Secret:
    """The first line of a file descriptor, UTF-8, without its end. Raises StoreRefused when there is none."""
    line = bytearray()
    while len(line) <= LONGEST_PASSPHRASE and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
        line += byte
    if not line or len(line) > LONGEST_PASSPHRASE:
        raise StoreRefused("The passphrase is one line of 1 to 1024 bytes on standard input or the descriptor named.")
    return Secret(bytes(line))


def read_vault(mark: str, path: Path | None) -> Secret | None:
    """The key of the virtual chip factory: 16 bytes in a private file. Raises StoreRefused, in production always."""
    if path is None:
        return None
    if mark == PRODUCTION:
        raise StoreRefused("A production store gives no lot key to virtual chips; start without --factory-vault.")
    value = disk.read_private(path)
    if len(value) != VAULT_KEY:
        raise StoreRefused(f"{path} is no key of a virtual chip factory: it has {len(value)} bytes, not {VAULT_KEY}.")
    return Secret(value)


def _announce(store: KeyStore, settings: Settings, hardening: Hardening) -> None:
    if store.mark != PRODUCTION:
        whose = "DEMO KEYS" if store.mark == DEMO else "TEST KEYS"
        log.warning("%s: this store is marked %s. Cards made with it are worth nothing.", whose, store.mark)
    if not hardening.locked:
        log.warning("Memory is not locked: keys may reach the swap. Raise RLIMIT_MEMLOCK or run without swap.")
    log.info("The key service is ready: store=%s socket=%s uid=%d", settings.store, settings.socket, os.geteuid())
    _say(f"ready {settings.socket}")


def _follow_parent(users: int | None) -> None:
    """End when standard input does: whoever started us has gone. Others who hold `users` locked go on with us."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    if users is not None:
        fcntl.flock(users, fcntl.LOCK_EX)  # kept until we have ended: who comes now waits, and starts a service anew
    os.kill(os.getpid(), signal.SIGTERM)


def _say(line: str) -> None:
    """One line for whoever started us, who may have gone."""
    try:
        os.write(1, f"{line}\n".encode())
    except OSError:
        log.info("Nobody listens to our standard output.")


def _user(text: str) -> tuple[int, int]:
    uid, gid = text.split(":")
    return int(uid), int(gid)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="healthcard.keys.service", description="Serve the keys of a store.")
    parser.add_argument("--store", type=Path, required=True, help="the key store file")
    parser.add_argument("--socket", type=Path, required=True, help="the Unix socket to listen on")
    parser.add_argument("--passphrase-fd", type=int, default=0, help="descriptor the passphrase comes on (0)")
    parser.add_argument("--allow-uid", type=int, action="append", default=[], help="another user who may ask")
    parser.add_argument("--factory-vault", type=Path, help="key file of the virtual chip factory (never production)")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    parser.add_argument("--user", type=_user, metavar="UID:GID", help="run as this user; to be started as root")
    parser.add_argument("--users", type=Path, help="with --with-parent: live on while others hold this file locked")
    return parser


if __name__ == "__main__":
    sys.exit(main())
