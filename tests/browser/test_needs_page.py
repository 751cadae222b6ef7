"""Needs: the dialog is modal, and says what is close while one types."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn


def test_a_need_like_the_typed_one_is_offered_and_escape_closes(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/needs")
    page.locator(".head .is-main").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("textarea")).to_be_focused()
    assert page.evaluate("document.querySelector('dialog').matches(':modal')")
    page.keyboard.type("réparer un vélo")
    expect(dialog.locator(".same")).to_contain_text("Des soirées réparation")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.url.endswith("/needs")


def test_four_buttons_are_two_rows_of_two_on_a_phone(signed_in: SignIn) -> None:
    page = signed_in("manager", "/needs", viewport={"width": 390, "height": 844})
    buttons = page.locator(".sort .buttons:has(form)").first.locator(":scope > *")
    tops = buttons.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert len(tops) == 4
    assert tops[0] == tops[1] < tops[2] == tops[3]
