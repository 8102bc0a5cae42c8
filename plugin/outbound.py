"""The one way out: HTTP to addresses that a merchant or a platform named, never to the machine's network.

An address may be set by whoever can sign in to a shop, so it must not reach what only this machine can
(SSRF): the name is resolved once, every address it has must be public, and the connection goes to exactly
that address. Redirects are not followed, an answer has a greatest size, and the whole exchange has an end.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from plugin import __version__
from plugin.errors import Refusal

PATIENCE_SECONDS = 15.0
LARGEST_ANSWER_BYTES = 8 << 20
_NAT64 = IPv6Network("64:ff9b::/96")
_FORBIDDEN = [
    ip_network(each)
    for each in (
        # Not globally reachable by IANA's special-purpose registries (RFC 6890), which Python knows as they
        # were when it was released, and 192.0.0.0/24 only in parts.
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata is at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "64:ff9b:1::/48",  # translation within a network, RFC 8215
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "fec0::/10",  # site-local, RFC 3879
        "168.63.129.16/32",  # public by its number: Azure's agent, learn.microsoft.com "IP 168.63.129.16"
    )
]
_ISATAP, _ISATAP_MASK = 0x00005EFE, 0xFDFFFFFF  # RFC 5214, 6.1: 32 bits before an IPv4 address within a site
_HEADERS = {"User-Agent": f"Encore/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Message:
    """What is sent: an `http` or `https` address, a method, headers and a body."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WayOut:
    """Sends messages to public addresses, and to those of `private_networks` (such as `10.0.0.0/8`)."""

    def __init__(self, private_networks: Sequence[str] = ()) -> None:
        self._allowed = [ip_network(each) for each in private_networks]
        self._tls = ssl.create_default_context()

    def send(self, message: Message, patience_seconds: float = PATIENCE_SECONDS) -> Answer:
        """The answer, whatever its status.

        `Refusal("address_forbidden")` for an address that is not public or not http(s);
        `Refusal("unreachable")` if nobody answers in time, or with too much.
        """
        url = _checked(message.url)
        try:
            with self._connected(url, patience_seconds) as connection:
                return _exchange(connection, url, message)
        except ValueError:  # its text may quote a header, and so a token
            why = "its address or a header has a character that HTTP has not"
        except (OSError, HTTPException) as error:
            why = str(error) or type(error).__name__
        raise Refusal("unreachable", f"{url.hostname} cannot be asked: {why}.")

    @contextmanager
    def _connected(self, url: SplitResult, patience_seconds: float) -> Iterator[HTTPConnection]:
        host, is_tls = url.hostname or "", url.scheme == "https"
        port = url.port or (443 if is_tls else 80)
        end = time.monotonic() + patience_seconds
        opened = socket.create_connection((self._address(host, port), port), patience_seconds)
        with opened, _cut(opened, max(0.0, end - time.monotonic())):
            # The name is for the certificate and the Host header; the socket is the one that was checked.
            connection = HTTPSConnection(host, port) if is_tls else HTTPConnection(host, port)
            connection.auto_open = 0
            connection.sock = self._tls.wrap_socket(opened, server_hostname=host) if is_tls else opened
            with connection.sock:
                yield connection
            if time.monotonic() >= end:
                raise TimeoutError("it takes too long")

    def _address(self, host: str, port: int) -> str:
        """The first address of `host`, if all it has are allowed."""
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not all(self._may_reach(ip_address(each.partition("%")[0])) for each in found):
            raise Refusal(
                "address_forbidden",
                f"{host} is not a public address. Where it is meant, the operator names its network in"
                " ENCORE_PRIVATE_NETWORKS.",
            )
        return found[0]

    def _may_reach(self, address: Address) -> bool:
        inner = _inner(address)
        if any(inner in each for each in self._allowed):
            return True
        if any(inner in each for each in _FORBIDDEN) or _is_within_a_site(inner):
            return False
        return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        is_right = False
    if (
        not is_right
        or not parts.hostname
        or parts.username is not None
        or not url.isprintable()
        or " " in url
    ):
        raise Refusal("address_forbidden", "An address begins with http:// or https:// and names a host.")
    return parts


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, if it does: a gateway would go there."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _is_within_a_site(address: Address) -> bool:
    """Whether an IPv6 address carries an IPv4 one by ISATAP: its tunnel leads about one site's network."""
    return address.version == 6 and int(address) >> 32 & _ISATAP_MASK == _ISATAP


@contextmanager
def _cut(opened: socket.socket, seconds: float) -> Iterator[None]:
    """End the connection after `seconds`, also under somebody who sends a byte now and then."""
    line = opened.dup()  # its own, for TLS takes the first one over

    def end() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        line.close()


def _exchange(connection: HTTPConnection, url: SplitResult, message: Message) -> Answer:
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request(message.method, path, message.body, {**_HEADERS, **message.headers})
    with connection.getresponse() as answer:
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, _body(answer))


def _body(answer: HTTPResponse) -> bytes:
    found = answer.read(LARGEST_ANSWER_BYTES + 1)
    if len(found) > LARGEST_ANSWER_BYTES:
        raise HTTPException(f"its answer is larger than {LARGEST_ANSWER_BYTES >> 20} MB")
    if answer.length:
        raise IncompleteRead(found, answer.length)
    return found
