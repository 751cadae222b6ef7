"""The top of every page: one field for everything by keyboard, evacuation, the theme."""

import re

from playwright.sync_api import Page, expect

from controller.capabilities.badges.models import CredentialRow
from tests.browser.accessibility import check
from tests.browser.conftest import SignIn, World
from webui.context import EXTENSION


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_field_is_a_key_away_and_arrows_choose(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk")
    page.keyboard.press("/")
    field = page.locator("#command")
    expect(field).to_be_focused()
    page.keyboard.type("zoe")
    hit = page.get_by_role("option", name=re.compile("Zoé d’Artois"))
    expect(hit).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "hit-1")
    page.keyboard.press("Escape")
    expect(hit).to_be_hidden()
    field.fill("imprimante")
    hits = page.locator("[role=option]")
    expect(hits).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(hits.nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/machines/imprimante-"))


def test_what_a_reader_types_opens_the_person_and_stands_in_no_address(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    member, number = next(iter(badges(world)))
    page.locator("#command").focus()
    page.keyboard.type(number.partition(":")[2])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/members/{member}")
    assert not [url for url in asked if number.partition(":")[2] in url]


def badges(world: World) -> list[tuple[str, str]]:
    """Member and number of each badge."""
    vault = world.app.extensions[EXTENSION].vault
    with world.database.read() as db:
        rows = [(r.member_id, str(vault.open(r.sealed, r.id))) for r in db.query(CredentialRow)]
    return [(member, value) for member, value in rows if member]


def test_without_scripts_the_field_leads_to_a_page(signed_in: SignIn) -> None:
    page = signed_in("desk", java_script_enabled=False)
    page.locator("#command").fill("zoe")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Zoé d’Artois")).click()
    expect(page.locator("h1")).to_contain_text("Zoé")


def test_a_drill_takes_two_presses_and_the_roll_is_called(signed_in: SignIn) -> None:
    page = signed_in("desk", viewport={"width": 390, "height": 800})
    other = signed_in("manager", at="/machines")
    page.get_by_role("button", name="Évacuation").click()
    page.get_by_role("button", name="C’est un exercice").click()
    expect(page.locator("h1")).to_have_text("Exercice d’évacuation")
    expect(other.get_by_role("link", name="Exercice en cours")).to_be_visible()
    expect(other.locator("#urgent")).to_have_text("Exercice en cours")
    page.goto("/members")
    page.get_by_role("link", name="Exercice en cours").click()
    page.locator("[popovertarget=end]").click()
    page.locator("#end").get_by_role("button", name="Terminer").click()  # it names who is missing
    expect(page.locator(".flash.is-done")).to_contain_text("C’est terminé")
    expect(other.locator("[popovertarget=evacuate]")).to_be_visible()


def test_the_theme_is_chosen_and_given_back(signed_in: SignIn) -> None:
    page = signed_in("desk", color_scheme="light")
    light = background(page)
    page.locator(".who").click()
    page.get_by_role("button", name="Sombre").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(page) != light
    page.locator(".who").click()
    page.get_by_role("button", name="Auto").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    assert background(page) == light


def test_a_machine_goes_out_of_service_by_keyboard_alone_from_any_page(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk", at="/members")
    page.keyboard.press("/")
    page.keyboard.type("hors service laser")
    act = page.locator("#act-1")
    expect(act).to_have_attribute("aria-selected", "true")
    expect(act).to_contain_text("Personne ne pourra l’allumer.")
    check(page)
    page.keyboard.press("Enter")
    expect(page.locator("#choice-1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#command")).to_have_value("hors service laser")
    expect(act).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#command")).to_have_attribute("placeholder", "Autre motif")
    page.keyboard.type("Miroir sale")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("hors service")
    expect(page).to_have_url(re.compile("/members$"))
    page.locator("#undo button").click()
    expect(page.locator("#undo")).to_contain_text("remis")
