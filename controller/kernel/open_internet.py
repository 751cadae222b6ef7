"""Where a name leads, and that it is nobody's own network: what others typed is asked there."""

import socket
from ipaddress import ip_address


class NotAllowed(Exception):
    """The address is this computer's, or of a network that is nobody else's to reach."""


class NotFound(Exception):
    """The name leads nowhere now."""


def address_of(host: str, port: int, *, allow_private: bool) -> str:
    """The address to connect to, looked up once: a name may lead elsewhere a moment later.

    Raises NotAllowed when any of a name's addresses is not of the open internet; NotFound.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NotFound(f"{host} can't be looked up") from problem
    addresses = [str(each[4][0]) for each in found]
    if not allow_private and not all(_is_public(each) for each in addresses):
        raise NotAllowed(f"{host} is an address of this computer or of a private network")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast
