"""Agents and Setup: accessible, wide and narrow; the acts of one agent by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import check
from tests.browser.conftest import SignIn, World

STEPS = ("place", "admin", "hours", "machine", "agent", "badge", "commissioning", "tap")
ADDRESSES = (
    "/agents",
    "/agents?revoked=",
    "/agents/accueil",
    *(f"/setup?step={step}" for step in STEPS),
)


@pytest.mark.parametrize(
    ("width", "language", "theme"), [(1440, "fr", "light"), (320, "en", "dark")]
)
def test_they_are_accessible_and_fit(
    world: World, signed_in: SignIn, width: int, language: str, theme: str
) -> None:
    screen = {"width": width, "height": 900}
    page = signed_in("admin", "about:blank", color_scheme=theme, viewport=screen)
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    for address in ADDRESSES:
        page.goto(address)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.context.clear_cookies()
    page.goto("/recover")
    check(page)


def test_an_agent_is_renamed_by_keyboard_and_taken_back(signed_in: SignIn) -> None:
    page = signed_in("manager", "/agents")
    page.get_by_role("link", name="Boîtier de l’accueil").press("Enter")
    name = page.locator("main").get_by_label("Nom", exact=True)
    pencil = page.locator(".titled-box summary")
    pencil.press("Enter")
    name.fill("Entrée")
    name.press("Enter")
    expect(page.locator("h1")).to_have_text("Entrée")
    page.locator("#undo").get_by_role("button", name="Annuler").press("Enter")
    expect(page.locator("h1")).to_have_text("Boîtier de l’accueil")
    pencil.press("Enter")
    name.fill("Boîtier du bois")
    name.press("Enter")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_value("Boîtier du bois")
    expect(name).to_be_focused()
