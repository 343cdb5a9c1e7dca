"""Where we call out to: nobody makes us talk to our own insides, however he writes their address."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

INSIDES = [
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://localhost:5432/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "http://93.184.215.14/",
    "ftp://93.184.215.14/",
    "file:///etc/passwd",
    "gopher://93.184.215.14/",
    "https://user@93.184.215.14/",
    "https://93.184.215.14@127.0.0.1/",
    "https://93.184.215.14/#x",
    "https://93.184.215.14:99999/",
    "https://93.184.215.14/ x",
    "https://93.184.215.14/\r\nHost: x",
    "https:///x",
    "https://",
    "//93.184.215.14/",
    "",
    "https://例.invalid/",
    "https://no-such-host.invalid/",
    "https://93.184.215.14/" + "x" * 300,
]


@pytest.mark.parametrize("url", INSIDES)
def test_what_is_not_a_public_https_server_is_not_called(installation, url):
    from healthcard.services.errors import Invalid
    from healthcard.services.institutions import destinations
    from healthcard.services.institutions.destinations import CallFailed

    with pytest.raises(Invalid):
        destinations.judged(url)
    with pytest.raises(CallFailed):
        destinations.post(url, b"", {})


def test_a_public_server_is_called_at_the_address_that_was_judged(installation, monkeypatch):
    from healthcard.services.errors import Invalid
    from healthcard.services.institutions import destinations

    answers = {"his.invalid": ["93.184.215.14"], "mixed.invalid": ["93.184.215.14", "10.0.0.1"]}
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (each, port)) for each in answers[host]]
    )
    found = destinations.judged("https://his.invalid/hook?x=1")
    assert (found.address, found.host, found.port, found.path) == ("93.184.215.14", "his.invalid", 443, "/hook?x=1")
    with pytest.raises(Invalid):  # one of its addresses leads inside
        destinations.judged("https://mixed.invalid/")


def test_private_networks_are_called_only_where_the_operator_allows_it(loopback):
    from healthcard.services.errors import Invalid
    from healthcard.services.institutions import destinations

    assert destinations.judged("http://127.0.0.1:8080").path == "/"
    with pytest.raises(Invalid):
        destinations.judged("https://10.1.2.3/")


@pytest.fixture
def listening():
    """Serve one connection on this machine: listening(serve) -> its port; `serve` gets the connection."""
    threads, sockets = [], []

    def start(serve):
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def accept():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    serve(connection)

        threads.append(threading.Thread(target=accept))
        threads[-1].start()
        return listener.getsockname()[1]

    yield start
    for listener in sockets:
        listener.close()
    for thread in threads:
        thread.join()


def test_a_server_that_answers_drop_by_drop_is_left(loopback, listening, monkeypatch):
    from healthcard.services.institutions import destinations
    from healthcard.services.institutions.destinations import CallFailed

    monkeypatch.setattr(destinations, "SECONDS", 0.3)
    left = threading.Event()

    def drip(connection):
        with suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not left.wait(0.05):
                connection.sendall(b"x")

    port = listening(drip)
    try:
        with pytest.raises(CallFailed):
            destinations.post(f"http://127.0.0.1:{port}/", b"{}", {})
    finally:
        left.set()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 by nobody's authority, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "his.invalid")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    days = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
    built = built.serial_number(1).not_valid_before(days[0]).not_valid_after(days[1])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    signed = built.add_extension(address, critical=False).add_extension(authority, critical=True)
    text = signed.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    file = tmp_path / "his.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + text)
    return file


@pytest.mark.parametrize("known", [True, False])
def test_a_server_without_a_certificate_of_a_known_authority_is_told_nothing(
    loopback, listening, certificate, monkeypatch, known
):
    from healthcard.services.institutions import destinations
    from healthcard.services.institutions.destinations import CallFailed

    heard = []

    def serve(connection):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            heard.append(b"")
            while not heard[0].endswith(b"{}"):
                heard[0] += secure.recv(4096)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    port = listening(serve)
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        destinations.post(f"https://127.0.0.1:{port}/x", b"{}", {})
        assert heard[0].startswith(b"POST /x HTTP/1.1\r\nHost: 127.0.0.1")
    else:
        with pytest.raises(CallFailed, match="SSLCertVerificationError"):
            destinations.post(f"https://127.0.0.1:{port}/x", b"{}", {})
        assert heard in ([], [b""])
