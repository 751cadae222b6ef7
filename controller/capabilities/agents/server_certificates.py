"""Certificates of this installation's servers: broker, API for agents, web pages.

Agents trust the Ed25519 authority, browsers another one with ECDSA keys.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents import broker
from controller.capabilities.agents.pki import (
    Authority,
    certificate_pem,
    private_pem,
    write_private,
)
from controller.capabilities.agents.web_authority import WebAuthority, is_usable
from controller.settings import Settings


def prepare_servers(
    settings: Settings, authority: Authority, also: Iterable[str], now: datetime
) -> list[Path]:
    """Make every server certificate that is missing, expires soon, or lacks a name.

    `also`: further names of this computer.
    """
    names = list(dict.fromkeys((*server_names(settings), *also)))
    folder, keys = Path(settings.mqtt.broker_dir), Path(settings.site.keys)
    return [
        *_for_agents(folder, authority, names, now),
        *_authority(settings, keys, names, now),
        *_for_browsers(keys, names, now),
    ]


def server_names(settings: Settings) -> list[str]:
    """Return the names under which agents reach the broker, and browsers the web pages."""
    web = [urlsplit(url).hostname for url in (settings.web.public_url, settings.web.for_agents)]
    names = [settings.mqtt.host, *(name for name in web if name), "localhost", "127.0.0.1"]
    return list(dict.fromkeys(names))


def _for_agents(
    folder: Path, authority: Authority, names: Sequence[str], now: datetime
) -> list[Path]:
    key_file, file, chain = (
        folder / name for name in ("server.key", "server.crt", "server-chain.crt")
    )
    new_files = []
    if not key_file.exists() or not is_usable(file.read_bytes(), names, authority.certificate, now):
        key = Ed25519PrivateKey.generate()
        issued = authority.issue_server(names, key.public_key(), now)
        write_private(key_file, private_pem(key))
        file.write_text(certificate_pem(issued))
        chain.unlink(missing_ok=True)
        broker.reload(folder)
        new_files = [key_file, file]
    if not chain.exists():
        chain.write_text(file.read_text() + authority.ca_pem)
        new_files.append(chain)
    return new_files


def _authority(settings: Settings, keys: Path, names: Sequence[str], now: datetime) -> list[Path]:
    if (keys / "web-ca.key").exists():
        return []
    WebAuthority.create(f"Loquet {settings.site.id} (web)", names, now).save(keys)
    return [keys / "web-ca.key", keys / "web-ca.crt"]


def _for_browsers(keys: Path, names: Sequence[str], now: datetime) -> list[Path]:
    authority, key_file, file = WebAuthority.load(keys), keys / "web.key", keys / "web.crt"
    allowed_names = [name for name in names if authority.covers(name)]
    if key_file.exists() and is_usable(
        file.read_bytes(), allowed_names, authority.certificate, now
    ):
        return []
    chain, key = authority.issue(allowed_names, now)
    write_private(key_file, key)
    file.write_text(chain)
    return [key_file, file]
