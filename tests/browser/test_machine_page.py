"""A machine's page: change a rule by keyboard, see its effect first, save it, take it back."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.accessibility import RULES
from tests.browser.conftest import SignIn

ONE = "/machines/plotter"


def rule(page: Page) -> str:
    return page.locator("#rule .say").inner_text()


def test_a_rule_is_changed_by_keyboard_and_its_effect_seen_first(signed_in: SignIn) -> None:
    page = signed_in("manager", ONE)
    value = page.locator("#rule .val", has_text="simple ou mieux").locator("summary")
    value.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="sûr (AES)")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="sûr (AES)")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("assurance=aes"))
    effect = page.locator("#effect")
    expect(effect).to_contain_text(re.compile(r"\d+ perdent l’accès"))
    save = effect.get_by_role("button", name=re.compile("Enregistrer, .* l’accès"))
    save.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Règle enregistrée")
    expect(page.locator("#rule .say")).to_contain_text("sûr (AES)")
    page.locator("#undo").get_by_role("button", name="Annuler").click()
    expect(page.locator("#rule .say")).to_contain_text("simple ou mieux")


def test_without_scripts_and_on_a_narrow_screen_the_same(signed_in: SignIn) -> None:
    page = signed_in(
        "manager", ONE, java_script_enabled=False, viewport={"width": 320, "height": 900}
    )
    page.locator("#rule .val", has_text="permis").locator("summary").click()
    page.get_by_role("radio", name="à 2 au moins").check()
    page.locator("#rule .val[open]").get_by_role("button", name="Voir l’effet").click()
    expect(page.locator("#effect")).to_contain_text("Rien ne change pour personne")
    expect(page.locator("#rule")).to_contain_text("1 changement, pas encore appliqué")
    page.get_by_role("link", name="Ne rien changer").click()
    expect(page.locator("#effect")).to_have_count(0)


def test_what_opens_on_a_phone_is_seen_with_its_button(signed_in: SignIn) -> None:
    page = signed_in("manager", ONE, viewport={"width": 390, "height": 640})
    value = page.locator("#rule .val", has_text="permis")
    value.evaluate("one => scrollBy(0, one.getBoundingClientRect().bottom - 500)")
    value.locator("summary").click()
    button = value.get_by_role("button", name="Voir l’effet")
    expect(button).to_be_visible()
    page.wait_for_timeout(200)
    foot, tabs = button.bounding_box(), page.locator(".tabs").bounding_box()
    assert foot
    assert tabs
    assert foot["y"] + foot["height"] <= tabs["y"]


def test_out_of_service_in_two_acts_and_back(signed_in: SignIn) -> None:
    page = signed_in("desk", "/machines/imprimante-2")
    page.locator("#machine-actions").get_by_role("button", name="Mettre hors service").click()
    page.locator("#machine-actions").get_by_role("button", name="En panne").click()
    expect(page.locator("#undo")).to_contain_text("hors service")
    page.locator("#machine-actions").get_by_role("button", name="Remettre en service").click()
    expect(page.locator("#undo")).to_contain_text("remise en service")
    assert page.url.endswith("/machines/imprimante-2")


def test_what_changes_elsewhere_changes_here_by_the_stream(signed_in: SignIn) -> None:
    here = signed_in("manager", "/machines/imprimante-3")
    expect(here.locator("#state")).to_have_attribute("data-following", "open")
    elsewhere = signed_in("desk", "/machines/imprimante-3")
    elsewhere.locator("#machine-actions").get_by_role("button", name="Mettre hors service").click()
    elsewhere.locator("#machine-actions").get_by_role("button", name="Pièce à changer").click()
    back = here.locator("#machine-actions").get_by_role("button", name="Remettre en service")
    expect(back).to_be_visible()
    back.focus()
    here.keyboard.press("Enter")
    expect(here.locator("#undo")).to_contain_text("remise en service")


def test_a_stranger_tells_by_keyboard_at_the_address_of_the_poster(signed_in: SignIn) -> None:
    page = signed_in("manager", "/machines/mortaiseuse/poster", locale="fr-FR")
    page.get_by_role("button", name="Créer l’affiche").click()
    code = re.search(r"/tell/\w+", page.locator(".address").inner_text())
    assert code is not None
    page.context.clear_cookies()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(code[0])
    assert Axe().run(page, options=RULES).violations_count == 0
    page.get_by_role("radio", name="C’est dangereux").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Appuyez sur l’arrêt d’urgence")).to_be_visible()
    assert Axe().run(page, options=RULES).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Ça ne marche pas bien")).to_be_checked()
    page.get_by_role("button", name="Envoyer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("C’est signalé, merci")
    assert Axe().run(page, options=RULES).violations_count == 0


def test_no_page_of_the_place_is_wider_than_the_screen(signed_in: SignIn) -> None:
    page = signed_in("admin", "about:blank", viewport={"width": 320, "height": 900})
    draft = "?draft=1&group-0=laser&group-1=bois&subscription=any"
    for address in (
        "/machines",
        "/machines/new",
        f"{ONE}/poster",
        ONE,
        ONE + draft,
        "/agents",
        "/setup",
    ):
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.dispatch_event("click")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
