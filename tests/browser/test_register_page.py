"""The safety register: written by keyboard alone, read, added to, annulled; begun at a machine."""

import re

from playwright.sync_api import Page, expect

from tests.browser.accessibility import check
from tests.browser.conftest import SignIn


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_it_is_written_from_live_by_keyboard_alone(signed_in: SignIn) -> None:
    page = signed_in("desk")
    page.locator("#menu-laser-co2").focus()
    press(page, "Enter")
    link = page.locator("#acts-laser-co2").get_by_role(
        "link", name="Écrire dans le registre de sécurité"
    )
    link.focus()
    press(page, "Enter")
    page.wait_for_url("**/safety-register/new?machine=laser-co2")
    expect(page.locator("#access_point")).to_have_value("laser-co2")
    page.locator("input[name=kind]").first.focus()
    press(page, "ArrowDown", "ArrowUp", "ArrowDown")
    page.locator("#account").focus()
    page.keyboard.type("Smoke, and no flame")
    page.get_by_role("button", name="Écrire").focus()
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/safety-register\?year=\d+#e-"))
    written = page.locator(".entry").filter(has_text="Smoke, and no flame")
    expect(written.locator(".chip")).to_have_text("Presque-accident")
    expect(written.get_by_role("button", name="J’ai lu")).to_have_count(0)  # the desk answers not


def test_a_manager_reads_adds_and_annuls(signed_in: SignIn) -> None:
    page = signed_in(at="/safety-register", viewport={"width": 1440, "height": 900})
    first = page.locator(".entry").first
    key = first.get_attribute("id")
    entry = page.locator(f"#{key}")
    check(page)
    more = entry.get_by_role("button", name="Compléter ou annuler l’entrée")
    more.click()
    entry.get_by_text("Annuler l’entrée…").click()
    check(page)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    entry.get_by_role("button", name="J’ai lu").click()
    expect(entry.get_by_role("button", name="J’ai lu")).to_have_count(0)
    expect(entry).to_contain_text("Lue par manager@lafabrique.example")
    more.click()
    entry.get_by_label("Mesure prise").check()
    entry.get_by_label("Texte à ajouter").fill("A mat lies there")
    entry.get_by_role("button", name="Ajouter au registre").click()
    expect(entry).to_contain_text("A mat lies there")
    more.click()
    entry.get_by_text("Annuler l’entrée…").click()
    entry.get_by_label("Pourquoi").fill("Written twice")
    entry.get_by_role("button", name="Annuler l’entrée", exact=True).click()
    expect(entry.locator(".annulled")).to_contain_text("Written twice")
    expect(entry).to_contain_text("A mat lies there")


def test_what_a_word_means_opens_and_closes_by_keyboard(signed_in: SignIn) -> None:
    page = signed_in(at="/machines/laser-co2", viewport={"width": 320, "height": 800})
    for button in page.locator(".help > button").all():
        button.focus()
        press(page, "Enter")
        shown = page.locator(".help > [popover]:popover-open")
        expect(shown).to_have_count(1)
        box = shown.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        check(page)
        press(page, "Escape")
        expect(shown).to_have_count(0)
        assert button.evaluate("one => document.activeElement === one")
