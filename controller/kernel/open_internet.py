"""Resolves host names that users entered, and refuses private networks (SSRF)."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_GLOBAL = IPv6Network("2000::/3")
"""All public IPv6 addresses that have been assigned (RFC 4291, 2.4)."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""A translator forwards these to the IPv4 address in their last 32 bits (RFC 6052)."""
_SIX_TO_FOUR = IPv6Network("2002::/16")
"""A relay forwards these to the IPv4 address within them (RFC 3056; given up by RFC 7526)."""
_LOCALHOST = "localhost"
"""Always this computer, as are all names below it (RFC 6761, 6.3)."""


class NotAllowed(Exception):
    """The address belongs to this computer or to a private network."""


class NotFound(Exception):
    """The name can't be resolved now."""


def address_of(host: str, port: int, *, allow_private: bool) -> str:
    """Resolve a host once and return the address to connect to, since a name may change any moment.

    DNS may take half a minute, so never call it inside a transaction. Raises NotAllowed if any
    address of the name is not public; NotFound.
    """
    try:
        infos = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NotFound(f"{host} can't be looked up") from problem
    addresses = [str(info[4][0]) for info in infos]
    if not allow_private and not all(map(_is_public, addresses)):
        raise _not_allowed(host)
    return addresses[0]


def check_literal(host: str, *, allow_private: bool) -> None:
    """Check a host that is written as an IP address or as localhost, without a DNS lookup.

    Raises NotAllowed.
    """
    if allow_private:
        return
    name = host.strip("[]").rstrip(".").lower()
    if name == _LOCALHOST or name.endswith(f".{_LOCALHOST}"):
        raise _not_allowed(host)
    try:
        infos = socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return
    if not all(_is_public(str(info[4][0])) for info in infos):
        raise _not_allowed(host)


def _not_allowed(host: str) -> NotAllowed:
    return NotAllowed(f"{host} is an address of this computer or of a private network")


def _is_public(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is None:
            return ip in _GLOBAL and ip not in _SIX_TO_FOUR and ip.is_global
        ip = inner
    return ip.is_global and not ip.is_multicast


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to; None: it leads to none."""
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped
