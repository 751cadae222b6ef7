"""Members: find somebody, see what she may use, certify her, give and lose a badge."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import SignIn, World

CHLOE = "Chloé Dubrulle"
LUCIE = "Lucie Crombez"


def test_search_as_you_type(signed_in: SignIn) -> None:
    page = signed_in("desk")
    page.goto("/members")
    page.locator("#q").press_sequentially("verm")
    expect(page.locator("#found")).to_contain_text("Wout Vermeersch")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    assert page.url.endswith("/members?q=verm")
    page.locator("#q").fill("zzz")
    expect(page.locator("#found")).to_contain_text("Personne ne porte ce nom")


def test_search_and_pages_without_scripts(signed_in: SignIn) -> None:
    page = signed_in("desk", java_script_enabled=False)
    page.goto("/members")
    expect(page.locator("tbody tr")).to_have_count(40)
    page.get_by_role("link", name="Suite").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("link", name="Début").click()
    page.locator("#q").fill("hele")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Hélène de La Motte-Picquet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hélène de La Motte-Picquet")


def test_certify_by_keyboard_alone(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager")
    page.goto(f"/members/{world.secrets.members[CHLOE]}")
    row = page.locator(".is-can tr", has_text="Perceuse à colonne")
    expect(row).to_contain_text("Non")
    row.get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("give=bois"))
    page.locator("#certification").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Donner", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Habilitation donnée")
    expect(row).to_contain_text("Oui")
    expect(page.locator(".items", has_text="Machines à bois")).to_contain_text("Autonome")


def test_suspend_asks_why_and_the_desk_never_sees_it(world: World, signed_in: SignIn) -> None:
    address = f"/members/{world.secrets.members[LUCIE]}"
    page = signed_in("manager")
    page.goto(address)
    item = page.locator(".items > li", has_text="Règlement intérieur signé")
    item.locator("summary").click()
    item.get_by_role("textbox").fill("a prêté son badge")
    item.get_by_role("button").click()
    expect(item).to_contain_text("Motif : a prêté son badge".replace(" :", "\u00a0:"))
    desk = signed_in("desk")
    desk.goto(address)
    expect(desk.locator(".items > li", has_text="Règlement")).to_contain_text("Suspendue")
    expect(desk.locator("main")).not_to_contain_text("a prêté son badge")


def test_give_lose_and_restore_a_badge(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk")
    page.goto(f"/members/{world.secrets.members[LUCIE]}")
    page.locator("#enrol summary").click()
    page.locator("#value").fill("04A1")
    page.get_by_role("button", name="Ajouter le badge").click()
    expect(page.locator("#value")).to_have_attribute("aria-invalid", "true")
    page.locator("#value").fill("uid:04A1B2C3D4E5F6")
    page.get_by_role("button", name="Ajouter le badge").click()
    badge = page.locator(".items > li", has_text="E5F6")
    expect(badge).to_contain_text("Actif")
    expect(page.locator("main")).not_to_contain_text("04A1B2C3D4E5F6")
    badge.get_by_role("button", name="Badge perdu").click()
    expect(badge).to_contain_text("Perdu")
    badge.get_by_role("button", name="Rétablir").click()
    expect(badge).to_contain_text("Actif")


def test_the_trainer_gives_what_she_teaches_and_nothing_else(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("trainer")
    page.goto(f"/members/{world.secrets.members[LUCIE]}?give=laser")
    options = page.locator("#certification option").all_text_contents()
    assert "Découpe laser" in options
    assert "Règlement intérieur signé" not in options
