"""The week of bookings by keyboard: arrows from cell to cell, Enter opens a day in place."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.conftest import SignIn


def test_arrows_go_from_cell_to_cell_and_enter_opens(signed_in: SignIn) -> None:
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    monday = today + timedelta(days=7 - today.weekday())
    page = signed_in("desk", at=f"/bookings?day={monday}")
    first = page.locator("#thing-laser-co2 a.slot").first
    first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#thing-laser-co2 td:nth-of-type(2) a.slot")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#slot h2")).to_be_visible()
    expect(page.locator("#slot .lane a").first).to_be_visible()
