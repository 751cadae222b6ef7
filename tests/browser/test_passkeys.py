"""A passkey from making it to a second look, in Chromium with a device of software; and axe."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from werkzeug.serving import make_server

from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.browser.accessibility import check
from tests.support.clock import Clock
from tests.webui.conftest import PASSWORD, clock, database, make_app, token_of
from webui.reauthentication import PROOF_LASTS

__all__ = ["clock", "database"]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 900}
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Served:
    """The application under a name: for a number browsers make no passkeys."""

    url: str
    app: Flask


@pytest.fixture
def served(database: Database, clock: Clock) -> Iterator[Served]:
    apps = list[Flask]()

    def answer(environ: Any, start: Any) -> Any:
        return apps[0](environ, start)

    server = make_server("localhost", 0, answer, threaded=True)
    url = f"http://localhost:{server.server_port}"
    apps.append(make_app(database, clock, public_url=url))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(url, apps[0])
    apps[0].extensions["broadcast"].close()
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(served: Served, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=served.url, viewport=WIDE, locale="fr-FR")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def device(page: Page) -> tuple[CDPSession, str]:
    """One that shows the right finger at once."""
    told = page.context.new_cdp_session(page)
    told.send("WebAuthn.enable")
    made = told.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return told, made["authenticatorId"]


def sign_in_by_password(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Compte ou adresse e-mail").fill("admin@example.org")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter").click()


def test_a_passkey_is_made_signs_in_alone_and_is_a_second_look(
    page: Page, served: Served, clock: Clock
) -> None:
    told, key = device(page)
    sign_in_by_password(page)
    page.goto("/me/passkeys/new")
    page.get_by_label("Nom de la clé").fill("Ce poste")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator(".paper-codes li")).to_have_count(10)
    page.goto("/me")
    expect(page.locator("summary", has_text="Clés d’accès")).to_contain_text("Ce poste")

    page.context.clear_cookies()
    page.goto("/sign-in?next=/me")
    told.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Avec une clé d’accès").click()
    expect(page.get_by_text("L’appareil n’a envoyé aucune clé")).to_be_visible()
    told.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    with page.expect_request("**/sign-in/passkey") as sent:
        page.get_by_role("button", name="Avec une clé d’accès").click()
    page.wait_for_url(re.compile(r"^[^?]*/me$"))  # not the one before, ?next=/me
    seen_on_its_way = parse_qs(sent.value.post_data or "")["credential"][0]

    page.context.clear_cookies()
    sign_in_by_password(page)
    expect(page.get_by_role("heading", name="Encore une vérification")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Avec une clé d’accès").click()
    page.goto("/me")

    clock.now = Utc.of(clock.now + PROOF_LASTS)
    page.get_by_text("Créer un jeton…").click()
    page.get_by_label("Usage", exact=True).fill("Agenda")
    page.get_by_label("Voir l’état des boîtiers").check()
    page.get_by_role("button", name="Créer et afficher une fois").click()
    expect(page.get_by_role("heading", name="Est-ce bien vous")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Avec une clé d’accès").click()
    expect(page.get_by_role("heading", name="Jeton « Agenda »")).to_be_visible()

    thief = served.app.test_client()
    data = {"csrf_token": token_of(thief), "credential": seen_on_its_way}
    assert thief.post("/sign-in/passkey", data=data).status_code == 422


def test_the_pages_of_an_admin_are_accessible_and_fit(page: Page) -> None:
    """What a manager's crawl does not see of them."""
    sign_in_by_password(page)
    page.goto("/accounts?q=desk")
    one = page.locator("th a.row", has_text="desk@").get_attribute("href")
    page.goto("/me")
    page.locator("summary", has_text="Téléphone").click()
    page.get_by_role("button", name="Ajouter un téléphone").click()
    for address in (page.url, "/accounts", f"{one}?role=manager&role="):
        page.goto(address)
        for summary in page.locator("main summary").locator("visible=true").all():
            summary.click()
        check(page)
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
