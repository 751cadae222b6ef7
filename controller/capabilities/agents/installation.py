"""Makes the files of a new installation: keys, certificates, the broker's configuration."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents import broker
from controller.capabilities.agents.pki import (
    Authority,
    certificate_pem,
    common_name,
    private_pem,
    write_private,
)
from controller.capabilities.agents.server_certificates import prepare_servers
from controller.settings import Settings, SettingsError

HUB = "hub-main"
"""The name of the installation's first hub."""
HUB_YEARS = timedelta(days=3650)
"""Validity of a hub's certificate."""
CREDENTIAL_KEY_BYTES = OWN_KEY_BYTES = 32
_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """The files that `prepare` made because they were missing."""

    files: tuple[Path, ...]


def prepare(settings: Settings, now: datetime, also: Iterable[str] = ()) -> PreparedFiles:
    """Make every missing key, certificate and broker file; existing keys stay.

    `also`: further names and addresses of this computer, for its servers' certificates.
    """
    keys, folder = Path(settings.site.keys), Path(settings.mqtt.broker_dir)
    for path in (keys, folder):
        path.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    new_files = _authority(settings, keys, now)
    authority = Authority.load(keys)
    new_files += _hub(settings, authority, now)
    new_files += _secret(keys / "credential.key", secrets.token_bytes(CREDENTIAL_KEY_BYTES).hex())
    new_files += _secret(_own_key_file(settings), secrets.token_bytes(OWN_KEY_BYTES).hex())
    new_files += _secret(Path(settings.web.secret), secrets.token_urlsafe(48))
    new_files += prepare_servers(settings, authority, also, now)
    new_files += _broker(settings, authority, folder, now)
    return PreparedFiles(tuple(new_files))


def credential_key(settings: Settings) -> bytes:
    """Return the key with which agents and the policy derive holder keys from credential ids."""
    return _read_key(Path(settings.site.keys) / "credential.key", "credential key")


def own_key(settings: Settings) -> bytes:
    """Return the controller's own key, which encrypts badge numbers and card masters; agents don't
    have it.

    Raises SettingsError.
    """
    return _read_key(_own_key_file(settings), "key of the controller")


def has_own_key(settings: Settings) -> bool:
    """Whether the controller's own key is on this computer."""
    return _own_key_file(settings).exists()


def _own_key_file(settings: Settings) -> Path:
    return Path(settings.site.keys) / "card.key"


def _read_key(file: Path, description: str) -> bytes:
    try:
        return bytes.fromhex(file.read_text().strip())
    except OSError as error:
        raise SettingsError(f"no {description} at {file}; run `loquet init`") from error
    except ValueError as error:
        raise SettingsError(f"{file} is not hexadecimal; restore it from a backup") from error


def hub_name(settings: Settings) -> str:
    """Return the name in the hub's certificate: its MQTT client id and its user in the ACL.

    Raises SettingsError.
    """
    file = Path(settings.mqtt.cert)
    try:
        return common_name(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"no hub certificate at {file}; run `loquet init`") from error
    except ValueError as error:
        raise SettingsError(f"{file} is not a certificate; restore it from a backup") from error


def issue_hub(settings: Settings, name: str, now: datetime) -> tuple[Path, Path, bytes]:
    """Make a certificate for another hub; return certificate file, key file and public key.

    Raises SettingsError if the hub exists.
    """
    keys = Path(settings.site.keys)
    certificate_file, key_file = keys / f"{name}.crt", keys / f"{name}.key"
    if key_file.exists():
        raise SettingsError(f"{key_file} exists already; choose another name, or use that hub")
    key = Ed25519PrivateKey.generate()
    certificate = Authority.load(keys).issue(name, key.public_key(), now + HUB_YEARS)
    certificate_file.write_text(certificate_pem(certificate))
    write_private(key_file, private_pem(key))
    return certificate_file, key_file, key.public_key().public_bytes_raw()


def _authority(settings: Settings, keys: Path, now: datetime) -> list[Path]:
    if (keys / "ca.key").exists():
        return []
    Authority.create(f"Loquet {settings.site.id}", now).save(keys)
    return [keys / "ca.key", keys / "ca.crt"]


def _hub(settings: Settings, authority: Authority, now: datetime) -> list[Path]:
    key_file, certificate_file = Path(settings.mqtt.key), Path(settings.mqtt.cert)
    if key_file.exists():
        return []
    key = Ed25519PrivateKey.generate()
    certificate = authority.issue(HUB, key.public_key(), now + HUB_YEARS)
    certificate_file.write_text(certificate_pem(certificate))
    write_private(key_file, private_pem(key))
    return [key_file, certificate_file]


def _secret(file: Path, text: str) -> list[Path]:
    if file.exists():
        return []
    write_private(file, text.encode())
    return [file]


def _broker(settings: Settings, authority: Authority, folder: Path, now: datetime) -> list[Path]:
    new_files = []
    configuration = folder / "mosquitto.conf"
    if not configuration.exists():
        text = broker.configuration(folder, Path(settings.mqtt.ca), settings.mqtt)
        configuration.write_text(text)
        new_files.append(configuration)
    if not (folder / "acl").exists():
        broker.install(folder, broker.access_list([HUB], []), authority.revocation_list([], now))
        new_files += [folder / "acl", folder / "crl.pem"]
    return new_files
