"""Where we call out to: HTTPS servers whose addresses are public, or lie in networks the operator named.

An institution names the address of its webhook; it must not make us talk to our own insides. Names are resolved, every
address is judged, and the connection goes to an address that was judged: what a name says later does not matter.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from healthcard.services.errors import Invalid, ServiceError
from healthcard.services.ports import given

LONGEST = 300  # characters of an address
SECONDS = 10.0  # for all of a call
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = ip_network("64:ff9b::/96")  # an IPv4 address in the clothes of IPv6

Address = IPv4Address | IPv6Address


class CallFailed(ServiceError):
    """The other side did not take it; the message says how, without what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A server, its judged address, and the path to ask for."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def judged(url: str) -> Destination:
    """Where `url` leads, resolved now; raises Invalid for what we do not call."""
    parts, port = _parts(url)
    host = parts.hostname or ""
    found = _resolved(host, port)
    if not found or not all(map(_allowed, found)):
        raise _refused(
            "地址须为公网地址，或在运维人员允许的网段内",
            "it has to be a public address, or in a network the operator allows",
        )
    if parts.scheme == "http" and not all(address.is_loopback for address in found):
        raise _refused("须使用 https", "it has to be https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(scheme=parts.scheme, host=host, port=port, path=path, address=str(found[0]))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send it and wait for a 2xx; redirects are not followed. Raises CallFailed."""
    try:
        status = _posted(judged(url), body, headers)
    except Invalid as error:
        raise CallFailed(str(error)) from error
    except (OSError, HTTPException) as error:
        raise CallFailed(f"the call failed: {type(error).__name__}") from error
    if not 200 <= status < 300:
        raise CallFailed(f"the answer was {status}")


def _parts(url: str) -> tuple[SplitResult, int]:
    if not (len(url) <= LONGEST and url.isascii() and url.isprintable() and " " not in url):
        raise _refused("地址无法解析", "it cannot be read")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise _refused("地址无法解析", "it cannot be read") from error
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("地址只含主机、端口、路径和查询", "it has host, port, path and query alone")
    return parts, port


def _resolved(host: str, port: int) -> tuple[Address, ...]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(ip_address(str(row[4][0]).partition("%")[0]) for row in rows)


def _allowed(address: Address) -> bool:
    if any(address in ip_network(network) for network in given().webhook_networks):
        return True
    if isinstance(address, IPv6Address):
        disguised = address.ipv4_mapped or address.sixtofour or address.teredo or address in _TRANSLATED
        return address.is_global and not address.is_multicast and not disguised
    return address.is_global and not address.is_multicast


def _posted(to: Destination, body: bytes, headers: Mapping[str, str]) -> int:
    with socket.create_connection((to.address, to.port), timeout=SECONDS) as plain:
        late = threading.Event()
        watch = threading.Timer(SECONDS, _cut, [plain, late])  # a server that answers drop by drop
        watch.start()
        try:
            status = _asked(to, plain, body, headers)
        finally:
            watch.cancel()
    if late.is_set():
        raise CallFailed("the answer took too long")
    return status


def _asked(to: Destination, plain: socket.socket, body: bytes, headers: Mapping[str, str]) -> int:
    connection = HTTPConnection(to.host, to.port, timeout=SECONDS)
    connection.sock = plain
    if to.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=to.host)
    try:
        connection.request("POST", to.path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def _cut(connection: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _refused(zh: str, en: str) -> Invalid:
    return Invalid("url", zh, f"This is no address we call: {en}.")
