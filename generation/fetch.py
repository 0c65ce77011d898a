"""Goes to addresses that strangers name, without letting them reach into this network.

The name is resolved once, every address it has must be public, and the connection goes to the one that was looked at: a
name that answers differently the second time (DNS rebinding) gains nothing. Redirects are looked at the same way, or
not followed.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings

MAX_BYTES = 20_000_000
SECONDS = 10.0
REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
# IPv4 addresses in disguise: `is_global` says that these are public.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
READ_OF_ANSWER = 2_000
"""Bytes of the answer to what was posted."""

# The last: names that no header can hold.
BROKEN = (urllib3.exceptions.HTTPError, OSError, UnicodeError)
NO_ANSWER = "The address does not answer as it should, or not in time."


class Unfetchable(Exception):
    """Nothing could be had from this address; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What an address answered to what was posted, whatever its status; `body` is its beginning."""

    status: int
    body: bytes


def fetch(url: str) -> bytes:
    """What lies at an http(s) address, at most MAX_BYTES within SECONDS. Raises Unfetchable."""
    until = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        parts = _checked(url)
        try:
            body, location = _get(parts, until)
        except BROKEN as error:
            raise Unfetchable(NO_ANSWER) from error
        if location is None:
            return body
        url = urljoin(url, location)
    raise Unfetchable(f"The address leads on more than {REDIRECTS} times.")


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send `body` to an http(s) address, within SECONDS. A redirect is an answer like others. Raises Unfetchable."""
    until = time.monotonic() + SECONDS
    parts = _checked(url)
    try:
        with _asked(parts, "POST", headers, body, until) as answer:
            return Answer(answer.status, _beginning(answer, until))
    except BROKEN as error:
        raise Unfetchable(NO_ANSWER) from error


def check(url: str) -> None:
    """Whether something may be sent to this address, as it stands now. Raises Unfetchable."""
    parts = _checked(url)
    _address(str(parts.hostname), _port(parts))


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet, however it is written."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unfetchable("This is no web address.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise Unfetchable("The address must begin with https:// or http://.")
    if port not in (None, PORTS[parts.scheme]) and port not in settings.AURORA_FETCH_PORTS:
        raise Unfetchable("The address must use the usual port.")
    if parts.username or parts.password:
        raise Unfetchable("The address must hold no user name or password.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _get(parts: SplitResult, until: float) -> tuple[bytes, str | None]:
    """The body; or, of a redirect, where it leads."""
    with _asked(parts, "GET", {"Accept": "image/*"}, None, until) as answer:
        if answer.status in (301, 302, 303, 307, 308) and (location := answer.headers.get("Location")):
            return b"", location
        if answer.status != 200:
            raise Unfetchable(f"The address answers with status {answer.status}.")
        return _read(answer, until), None


@contextmanager
def _asked(
    parts: SplitResult, method: str, headers: Mapping[str, str], body: bytes | None, until: float
) -> Iterator[urllib3.BaseHTTPResponse]:
    """The answer of the address that the name has now, its body unread."""
    host, port = str(parts.hostname), _port(parts)
    timeout = urllib3.Timeout(total=max(0.1, until - time.monotonic()))
    all_headers = {"Host": parts.netloc, "User-Agent": "Aurora", "Accept-Encoding": "identity", **headers}
    with _pool(parts.scheme, _address(host, port), port, host) as pool:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        answer = pool.urlopen(
            method, path, body=body, headers=all_headers, redirect=False, retries=False, preload_content=False,
            timeout=timeout,
        )  # fmt: skip
        try:
            yield answer
        finally:
            answer.close()


def _pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    """Connections to the address; the certificate must be the name's."""
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port)
    return urllib3.HTTPSConnectionPool(address, port, server_hostname=host, assert_hostname=host)


def _address(host: str, port: int) -> str:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unfetchable("The name in the address is not known.") from error
    if not settings.AURORA_FETCH_PRIVATE and not all(map(is_public, found)):
        raise Unfetchable("The address leads into a private network.")
    return min(found)


def _read(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    body = b""
    for chunk in answer.stream(65536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise Unfetchable(f"What lies there is larger than {MAX_BYTES // 1_000_000} MB.")
        if time.monotonic() > until:
            raise Unfetchable(f"It was not read within {SECONDS:g} seconds.")
    return body


def _beginning(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """Bit by bit, so that an answer that trickles in ends with the time; the rest is not waited for."""
    body = b""
    while len(body) < READ_OF_ANSWER and time.monotonic() < until:
        if not (chunk := answer.read1(READ_OF_ANSWER)):
            break
        body += chunk
    return body[:READ_OF_ANSWER]
