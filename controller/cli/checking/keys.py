"""Check a controller's keys and certificates: present, of one authority, for the right names."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from controller.capabilities.agents.installation import credential_key, has_own_key, own_key
from controller.capabilities.agents.pki import Authority
from controller.capabilities.agents.web_authority import WebAuthority, names_of
from controller.cli.checking.computer import modes
from controller.cli.checking.findings import CheckFailed, Finding, try_check
from controller.settings import Settings
from controller.settings.reading import read_secret

RESTORE = "restore it from a backup (with ca.key, credential.key and card.key together)"
"""Advice for a key that is lost."""

NEW_AUTHORITY = (
    "put ca.key and ca.crt elsewhere, with the hub's and the broker's certificates, loquet init,"
    " and enrol each box again"
)
"""Advice for an authority that has expired."""
SOON = timedelta(days=14)
"""A certificate with less time left should have been renewed, 45 days before its end."""


def keys(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each key and certificate, with its own advice."""
    folder, broker = Path(settings.site.keys), Path(settings.mqtt.broker_dir)
    yield try_check(f"the authority in {folder}", lambda: _ca(folder))
    yield try_check("the hub's certificate", lambda: _hub(settings))
    yield try_check("the key of badge numbers", lambda: _credentials(settings))
    yield try_check("the key of the vault", lambda: _check_own_key(settings))
    yield try_check("the secret of the pages", lambda: read_secret(settings.web.secret))
    yield try_check("the broker's certificate", lambda: _server(settings, broker / "server.crt"))
    yield try_check("the certificate for browsers", lambda: _web(settings))
    secret = ["ca.key", "credential.key", "card.key", "web-ca.key", "web.key"]
    files = [folder / name for name in secret] + [broker / "server.key"]
    yield from modes([*files, Path(settings.mqtt.key), Path(settings.web.secret)])


def _load_pair(certificate_file: Path, key_file: Path, advice: str = RESTORE) -> x509.Certificate:
    for file in (certificate_file, key_file):
        if not file.exists():
            raise CheckFailed(f"{file} is missing; {advice}")
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    key = load_pem_private_key(key_file.read_bytes(), None)
    if key.public_key() != certificate.public_key():
        raise CheckFailed(f"{key_file} is not the key of {certificate_file}; {advice}")
    return certificate


def _ca(folder: Path) -> None:
    _check_validity(_load_pair(folder / "ca.crt", folder / "ca.key"), NEW_AUTHORITY)


def _authority(settings: Settings) -> x509.Certificate:
    return Authority.load(Path(settings.site.keys)).certificate


def _check_issuer(certificate: x509.Certificate, issuer: x509.Certificate, advice: str) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise CheckFailed(f"it comes from another authority than ca.crt; {advice}") from error
    _check_validity(certificate, advice)


def _check_validity(certificate: x509.Certificate, advice: str) -> None:
    ends, now = certificate.not_valid_after_utc, datetime.now(UTC)
    if ends <= now:
        raise CheckFailed(f"it expired on {ends:%Y-%m-%d}; {advice}")
    if ends <= now + SOON:
        raise CheckFailed(f"it expires on {ends:%Y-%m-%d}, and should have been renewed; {advice}")


def _hub(settings: Settings) -> None:
    advice = f"restore it, or delete {settings.mqtt.cert} and {settings.mqtt.key}: loquet init"
    _check_issuer(
        _load_pair(Path(settings.mqtt.cert), Path(settings.mqtt.key), advice),
        _authority(settings),
        advice,
    )


def _credentials(settings: Settings) -> None:
    if not (Path(settings.site.keys) / "credential.key").exists():
        raise CheckFailed(
            f"credential.key is missing: no badge is recognised without it; {RESTORE}"
        )
    credential_key(settings)


def _check_own_key(settings: Settings) -> None:
    if not has_own_key(settings):
        raise CheckFailed(
            f"card.key is missing: badge numbers and cards' keys are sealed with it; {RESTORE}"
        )
    own_key(settings)


def _names(settings: Settings) -> Sequence[str]:
    web = (urlsplit(url).hostname for url in (settings.web.public_url, settings.web.for_agents))
    return [host for host in dict.fromkeys((settings.mqtt.host, *web)) if host]


def _check_names(certificate: x509.Certificate, names: Sequence[str], advice: str) -> None:
    missing = [name for name in names if name not in names_of(certificate)]
    if missing:
        raise CheckFailed(f"it is not for {', '.join(missing)}, which config.toml names; {advice}")


def _server(settings: Settings, file: Path) -> None:
    advice = "loquet init makes it; then start the broker and nginx again"
    certificate = _load_pair(file, file.with_suffix(".key"), advice)
    _check_issuer(certificate, _authority(settings), advice)
    _check_names(certificate, _names(settings), advice)


def _web(settings: Settings) -> None:
    keys, advice = Path(settings.site.keys), "loquet init makes it; then start nginx again"
    authority = WebAuthority.load(keys)
    certificate = _load_pair(keys / "web.crt", keys / "web.key", advice)
    _check_issuer(certificate, authority.certificate, advice)
    host = urlsplit(settings.web.public_url).hostname or ""
    if not authority.covers(host):
        raise CheckFailed(
            f"its authority may not speak for {host}: delete {keys}/web-ca.key, web-ca.crt and"
            " web.crt, loquet init, and trust the place again (/trust)"
        )
    _check_names(certificate, [host], advice)
