"""Where webhooks may go. Staff choose the addresses, this server asks them: its neighbours are taboo."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from crm import conf

DEFAULT_PORTS = {"http": 80, "https": 443}
FREE_PORTS = range(1024, 65536)
"""Of the lower ones many belong to mail, name and log-in servers, which a request could confuse."""

GLOBAL_IPV6 = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")
# Special by IANA's registries, but `is_global` by some of the Pythons that we run on.
SPECIAL = [
    ip_network(written)
    for written in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4
        "224.0.0.0/4",  # multicast
        "2001::/23",  # protocol assignments, Teredo
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
# Public by their numbers, but on a cloud's machine they lead to what stands beside it: its host, or
# services that know it by its network. Those of other clouds are link-local, shared or private.
PROVIDERS = [
    ip_network(written)
    for written in (
        "168.63.129.16/32",  # Azure: the host, its agent's certificates and settings
        "161.26.0.0/16",  # IBM Cloud: services of the private network
        "166.8.0.0/14",  # IBM Cloud: service endpoints
        "192.80.8.124/32",  # Equinix Metal: metadata
    )
]


class Refused(ValueError):
    """Nothing is sent to such an address; the message says why."""


@dataclass(frozen=True)
class Target:
    """What a URL names. The host is without brackets, the path with its query."""

    secure: bool
    host: str
    port: int
    path: str


def check(url: str) -> None:
    """Refuse what can be refused without asking a name server; `look_up` judges names when it is sent.

    Raises:
        Refused: the URL has a fault, or an address that is not public stands in it.
    """
    target = parse(url)
    try:
        look_up(target, socket.AI_NUMERICHOST)
    except socket.gaierror:
        return  # a name, and what it stands for may change any time


def parse(url: str) -> Target:
    """What a URL names.

    Raises:
        Refused: it is not one that webhooks can be sent to.
    """
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise Refused("The URL must be http:// or https:// and name a host.")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("The URL has a user name, a password or a #fragment; leave it out.")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if port not in DEFAULT_PORTS.values() and port not in FREE_PORTS:
        raise Refused(f"Port {port} is not for webhooks; use 80, 443, or one from 1024 up.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path)


def look_up(target: Target, flags: int = 0) -> list[str]:
    """The addresses of a target, each of which may be asked. Look up once, then use only these.

    Raises:
        Refused: at least one of them is not public, and settings allow public ones only.
        socket.gaierror: it has none.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:
        raise Refused(f"{target.host} cannot be the name of a host.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not (conf.webhook_allow_private() or all(map(is_public, addresses))):
        # Which address it is, is not said: staff could explore the network with names.
        raise Refused(f"{target.host} leads to an address that is not public; name a public one.")
    return addresses


def is_public(address: str) -> bool:
    """Whether anybody's machine may have this address: no network of one's own, no special purpose."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and (carried := _carried(ip)):
        return is_public(str(carried))
    if ip.version == 6 and ip not in GLOBAL_IPV6:
        return False
    return ip.is_global and not any(ip in network for network in (*SPECIAL, *PROVIDERS))


def _split(url: str) -> SplitResult:
    # Tabs and line breaks would be dropped: what is then read is not what was written.
    if not re.fullmatch(r"[!-~]+", url):
        raise Refused("The URL has spaces or letters other than ASCII; write them as %20 or xn--...")
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only when asked for
    except ValueError as error:
        raise Refused(f"The URL cannot be read: {error}.") from error
    return parts


def _carried(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is meant: IPv6-only networks reach it by a translator, as NAT64 does."""
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in NAT64 else ip.ipv4_mapped
