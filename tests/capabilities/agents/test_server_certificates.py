"""What servers show: anew before it ends or when a name is missing, never for others' names."""

import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from controller.capabilities.agents.installation import prepare
from controller.capabilities.agents.web_authority import WebAuthority, names_of
from controller.kernel.database import wall_clock
from controller.settings import Settings
from controller.settings.reading import load

YEAR = timedelta(days=365)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a place whose keys are made."""
    (tmp_path / "config.toml").write_text('[web]\npublic_url = "https://pi.local"\n')
    found = load(tmp_path / "config.toml", {})
    prepare(found, wall_clock())
    return found


def names(made: tuple[Path, ...]) -> set[str]:
    return {path.name for path in made}


def leaf(settings: Settings) -> x509.Certificate:
    return x509.load_pem_x509_certificate((Path(settings.site.keys) / "web.crt").read_bytes())


def test_it_is_made_anew_before_it_ends_and_its_authority_never(settings: Settings) -> None:
    now = wall_clock()
    before = leaf(settings)
    assert prepare(settings, now + timedelta(days=300)).files == ()
    assert names(prepare(settings, now + YEAR).files) == {"web.key", "web.crt"}
    after = leaf(settings)
    assert after.not_valid_after_utc > before.not_valid_after_utc
    after.verify_directly_issued_by(WebAuthority.load(Path(settings.site.keys)).certificate)


def test_one_that_a_clock_ahead_has_made_is_replaced_once_the_clock_is_right(
    settings: Settings,
) -> None:
    now = wall_clock()
    assert names(prepare(settings, now + 2 * YEAR).files) >= {"web.key", "web.crt"}
    assert leaf(settings).not_valid_before_utc > now
    assert names(prepare(settings, now).files) == {"web.key", "web.crt"}
    assert leaf(settings).not_valid_before_utc <= now


def test_a_name_that_is_missing_is_added_for_agents_and_browsers(settings: Settings) -> None:
    now = wall_clock()
    made = names(prepare(settings, now, ["other.local", "10.0.0.7"]).files)
    assert made == {"server.key", "server.crt", "server-chain.crt", "web.key", "web.crt"}
    broker = Path(settings.mqtt.broker_dir) / "server.crt"
    for certificate in (leaf(settings), x509.load_pem_x509_certificate(broker.read_bytes())):
        assert {"pi.local", "other.local", "10.0.0.7"} <= names_of(certificate)
    assert prepare(settings, now).files == (), "fewer names are no reason"


def test_the_authority_of_browsers_speaks_for_this_place_alone(settings: Settings) -> None:
    authority = WebAuthority.load(Path(settings.site.keys))
    for name in ("pi.local", "a.home.arpa", "192.168.1.4", "fd00::1"):
        assert authority.covers(name), name
    for name in ("bank.example", "xpi.localx", "8.8.8.8", "2001:db8::1"):
        assert not authority.covers(name), name
    prepare(settings, wall_clock(), ["bank.example"])
    assert "bank.example" not in names_of(leaf(settings))


@pytest.mark.parametrize("whose", ["broker", "web"])
def test_strict_clients_take_them_and_the_hubs(settings: Settings, whose: str) -> None:
    """RFC 5280 to the letter, as Python asks for by itself from 3.13 on."""
    keys, folder = Path(settings.site.keys), Path(settings.mqtt.broker_dir)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.create_default_context()
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    if whose == "broker":
        server.load_cert_chain(folder / "server-chain.crt", folder / "server.key")
        server.load_verify_locations(keys / "ca.crt")
        server.verify_mode, server.verify_flags = ssl.CERT_REQUIRED, ssl.VERIFY_X509_STRICT
        client.load_verify_locations(keys / "ca.crt")
        client.load_cert_chain(settings.mqtt.cert, settings.mqtt.key)
    else:
        server.load_cert_chain(keys / "web.crt", keys / "web.key")
        client.load_verify_locations(keys / "web-ca.crt")
    shake(client, server, "pi.local")


def shake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """Both sides of a handshake, in memory. Raises SSLError."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while sides:
        for side in tuple(sides):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
                sides.remove(side)
