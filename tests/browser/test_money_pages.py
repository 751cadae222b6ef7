"""Money: a pass sold for cash in four acts, and the statement on which it stands."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.test_accessibility import check


def test_a_pass_is_sold_in_four_acts_and_stands_on_the_statement(signed_in: SignIn) -> None:
    page = signed_in("manager", viewport={"width": 1440, "height": 900})
    page.get_by_role("link", name="Vendre").click()
    page.get_by_label("Pass Coworking, 10 jours").check()
    page.get_by_label("Pour qui").fill("Sofia Mor")
    page.get_by_role("button", name="Espèces").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reçu")
    expect(page.locator(".receipt")).to_contain_text("Sofia Moreira")
    page.goto("/statements")
    page.get_by_role("link", name="Sofia Moreira").click()
    statement = page.locator(".is-open")
    expect(statement).to_contain_text("Pass Coworking, 10 jours")
    expect(statement).to_contain_text("réglé")
    statement.get_by_role("button", name="Annuler ce paiement").click()
    statement.get_by_text("Noter un paiement…").click()
    page.evaluate("scrollTo(0, 0)")
    check(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_label("Moyen").select_option("card")
    page.get_by_role("button", name="Noter le paiement").click()
    expect(page.get_by_text("36,00 € notés")).to_be_visible()
    expect(page.locator(".is-open")).to_contain_text("réglé")
