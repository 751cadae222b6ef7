"""A form whose session has ended, in a browser: asked to sign in, shown again, sent by a press."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.accessibility import RULES
from tests.browser.conftest import SignIn, World

TEXT = "Le colis de Récup’Art part à 17 h"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_typed_comes_back_and_is_sent_by_a_press(
    world: World, signed_in: SignIn, scripts: bool
) -> None:
    page = signed_in(
        "desk", "/desk", viewport={"width": 390, "height": 740}, java_script_enabled=scripts
    )
    page.locator("#note").fill(TEXT)
    page.context.clear_cookies()
    if scripts:  # news that are asked for meanwhile lead nobody away from what is typed
        with page.expect_response(lambda answer: answer.status == 401):
            page.evaluate("again(document.querySelector('main [data-live]'))")
        expect(page.locator("#note")).to_have_value(TEXT)
    page.locator("#write button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reconnectez-vous")
    expect(page.get_by_text(TEXT)).to_be_visible()
    if scripts:
        assert not Axe().run(page, options=RULES).response["violations"]
    login, password = world.password("desk")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Renvoyer ce formulaire")
    if scripts:
        assert not Axe().run(page, options=RULES).response["violations"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Envoyer maintenant").click()
    expect(page).to_have_url(f"{world.url}/desk")
    note = page.locator("#now .rows .text", has_text=TEXT)
    expect(note.first).to_be_visible()


def test_who_looks_for_somebody_is_led_to_sign_in(signed_in: SignIn) -> None:
    page = signed_in("desk", "/members")
    page.context.clear_cookies()
    page.locator("#q").press_sequentially("verm")
    expect(page.locator("#login")).to_be_visible()
