"""Check the options of `loquet setup controller` before anything is written."""

import ipaddress
import re
import socket
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import (
    Certificate,
    ExtensionNotFound,
    SubjectAlternativeName,
    load_pem_x509_certificates,
)

from controller.cli.installing.acme import files_of
from controller.cli.installing.config_text import ControllerRequest
from controller.cli.installing.layout import program
from controller.domain.control_characters import first_control
from controller.domain.ids import is_slug
from controller.settings import SettingsError

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_LONGEST_NAME = 80
_BACK = "; --no-certificate goes back to the place's own"


def check_options(request: ControllerRequest) -> None:
    """Check each option, and the options together. Raises SettingsError, which names the option."""
    require_name("--name", request.names[0])
    if not is_slug(request.site):
        raise SettingsError("--site takes small letters, digits and -")
    if not 1 <= len(request.place) <= _LONGEST_NAME or first_control(request.place) is not None:
        raise SettingsError(f"--place takes a name of 1 to {_LONGEST_NAME} characters, on one line")
    try:
        ZoneInfo(request.time_zone)
    except (ValueError, OSError, KeyError) as error:
        raise SettingsError(
            f"--time-zone: there is no {request.time_zone!r}; write one like Europe/Paris"
        ) from error
    _require_ports(request)
    if request.acme is not None:
        _require_public(request)
    elif request.acme_server is not None:
        raise SettingsError("--acme-server goes with --acme NAME")
    if request.certificate is not None and request.key is not None:
        _require_certificate(request.certificate, request.key, request.names[0])


def require_name(option: str, name: str) -> None:
    """Raise SettingsError unless `name` is a host name or an IP address, and nothing else."""
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return
    if not _HOST.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise SettingsError(
            f"{option}: {name!r} is not a computer's name or address; write only that, such as"
            " loquet.example.org or 192.168.1.5"
        )


def require_free(request: ControllerRequest) -> None:
    """Raise SettingsError if another program uses one of the required ports."""
    for option, port in _ports(request).items():
        if option in ("--http", "--https"):
            continue  # nginx itself may have them, for other sites of this computer
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError as error:
                raise SettingsError(
                    f"{option}: port {port} is taken by another program here; stop that one, or"
                    " name another port"
                ) from error


def _ports(request: ControllerRequest) -> dict[str, int]:
    return {
        "--https": request.https,
        "--http": request.http,
        "--agents-port": request.agents_port,
        "--web-port": int(request.bind.rpartition(":")[2]),
        "--mqtt-port": request.mqtt_port,
    }


def _require_ports(request: ControllerRequest) -> None:
    ports = _ports(request)
    for option, port in ports.items():
        if not 1 <= port <= 65535:
            raise SettingsError(f"{option}: a port is a number from 1 to 65535, not {port}")
    port, times = Counter(ports.values()).most_common(1)[0]
    if times > 1:
        options = " and ".join(option for option, other in ports.items() if other == port)
        raise SettingsError(f"{options}: both would be {port}; name another for one of them")


def _require_public(request: ControllerRequest) -> None:
    name = request.acme or ""
    require_name("--acme", name)
    with suppress(ValueError):
        ipaddress.ip_address(name)
        raise SettingsError(f"--acme: {name} is an address; --acme takes a public name")
    if "." not in name or name.endswith(".local"):
        raise SettingsError(
            f"--acme: {name} is known in this network only; --acme takes a public name"
        )
    if request.names[0] != name:
        raise SettingsError(
            f"--name: the certificate that browsers are shown is for {name}; say --acme"
            f" {request.names[0]}{_BACK}"
        )
    if files_of(request.layout, name)[0].exists():
        if request.acme_server is not None:
            raise SettingsError(
                f"--acme-server: certbot has a certificate of {name} already, from where it was"
                f" first asked for; certbot delete --cert-name {name}, then the same again"
            )
    elif program("certbot") is None:
        raise SettingsError("run apt install certbot first, then this command again")


def _require_certificate(file: Path, key: Path, name: str) -> None:
    leaf = _load_pair(file, key)
    ends = leaf.not_valid_after_utc
    if ends <= datetime.now(UTC):
        raise SettingsError(f"--certificate: {file} expired on {ends:%Y-%m-%d}{_BACK}")
    try:
        alternatives = leaf.extensions.get_extension_for_class(SubjectAlternativeName).value
        names = [str(alternative.value) for alternative in alternatives]
    except ExtensionNotFound:
        names = []
    if not any(_covers(pattern, name) for pattern in names):
        raise SettingsError(
            f"--certificate: {file} is for {', '.join(names) or 'no name'}, and the pages are at"
            f" {name}: say the certificate's with --name{_BACK}"
        )


def _load_pair(file: Path, key: Path) -> Certificate:
    try:
        chain = load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"--certificate: {file}: {error.strerror}{_BACK}") from error
    except ValueError as error:
        raise SettingsError(f"--certificate: {file} holds no certificate in PEM{_BACK}") from error
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise SettingsError(f"--certificate-key: {key}: {error.strerror}{_BACK}") from error
    except TypeError as error:
        raise SettingsError(
            f"--certificate-key: {key} has a password, which nginx can't be asked for: openssl pkey"
            f" -in {key} -out FILE writes it without"
        ) from error
    except ValueError as error:
        raise SettingsError(f"--certificate-key: {key} holds no key in PEM{_BACK}") from error
    if private.public_key() != chain[0].public_key():
        raise SettingsError(f"--certificate-key: {key} is not the key of {file}{_BACK}")
    return chain[0]


def _covers(pattern: str, name: str) -> bool:
    """Return whether a certificate's name covers a host name; `*.` is one label."""
    pattern, name = pattern.lower(), name.lower()
    return pattern == name or (pattern[:2] == "*." and pattern[2:] == name.partition(".")[2])
