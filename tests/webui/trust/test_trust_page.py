"""A browser is told how to trust the place, before it does: without signing in."""

import re
from pathlib import Path

import pytest
from cryptography import x509
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from controller.capabilities.agents.web_authority import WebAuthority, shown_fingerprint
from controller.kernel.database import wall_clock
from tests.support.printed import printed
from tests.support.sheets import sheets
from tests.webui.conftest import sign_in


def make_authority(folder: Path) -> None:
    """The place's own."""
    keys = folder / "var/keys"
    keys.mkdir(parents=True)
    WebAuthority.create("Loquet", ["pi.local"], wall_clock()).save(keys)


def test_the_authority_and_its_fingerprint_are_shown_to_anybody(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert client.get("/trust").status_code == 404, "there is none before it is made"
    assert 'href="/trust"' not in client.get("/sign-in").get_data(as_text=True)
    make_authority(tmp_path)
    given = client.get("/trust/loquet.crt")
    assert given.mimetype == "application/x-x509-ca-cert"
    x509.load_der_x509_certificate(given.data)
    text = " ".join(client.get("/trust").get_data(as_text=True).split())
    groups = shown_fingerprint(given.data).replace(":", " ")
    assert groups in text.replace("  ", " ")
    assert "/trust/loquet.crt" in text
    assert "PRIVATE" not in text
    assert 'href="/trust"' in client.get("/sign-in").get_data(as_text=True)
    sign_in(client, "desk")
    poster = client.get("/trust/poster").get_data(as_text=True)
    assert " ".join(re.findall(r"<code>([^<]+)</code>", poster)) == groups
    assert "/trust</p>" in poster, "the address under its QR"


@pytest.mark.needs("chromium")
def test_the_poster_is_one_sheet(
    client: FlaskClient, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_authority(tmp_path)
    sign_in(client, "desk")
    groups = re.findall(r"<code>([^<]+)</code>", client.get("/trust/poster").get_data(as_text=True))
    (sheet,) = sheets(printed(chromium, client, "/trust/poster"))
    text = " ".join(" ".join(sheet).split())
    assert all(f" {group} " in f" {text} " for group in groups), "each apart from the next"
