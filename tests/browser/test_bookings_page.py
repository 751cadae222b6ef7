"""The week of bookings by keyboard: arrows from cell to cell, Enter opens a day in place."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from controller.capabilities.machines.models import AccessPointRow
from tests.browser.conftest import SignIn, World


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


def test_escape_closes_the_day_that_is_open(signed_in: SignIn) -> None:
    page = signed_in("desk", at="/bookings?thing=laser-co2")
    expect(page.locator("#slot h2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#slot")).to_have_count(0)


def test_the_answer_follows_what_is_chosen_and_typed(signed_in: SignIn, world: World) -> None:
    """Until it has come, the button of the last answer books nothing."""
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    monday = today + timedelta(days=7 - today.weekday())
    at = f"/bookings?thing=laser-co2&day={monday}&start=10:00&end=11:00"
    page = signed_in("desk", at=at)
    answer = page.locator("#slot .verdict")
    expect(answer.get_by_role("status")).to_contain_text("pour qui")
    who = page.locator("#slot [name=who]")
    who.press_sequentially("amina dia")
    expect(answer).to_contain_text("de 10:00 à 11:00")
    expect(who).to_be_focused()
    expect(who).to_have_value("amina dia")
    page.route("**/bookings?*", lambda route: route.abort())
    end = page.locator("#slot select[name=end]")
    end.select_option("12:00")
    expect(answer).to_have_attribute("inert", "")
    page.unroute("**/bookings?*")
    end.select_option("13:00")
    expect(answer).to_contain_text("de 10:00 à 13:00")
    expect(answer).not_to_have_attribute("inert", "")


def test_a_long_name_fits_a_small_screen(signed_in: SignIn, world: World) -> None:
    name = "Fraiseuse" + "numérique" * 6
    with world.database.write() as db:
        row = db.get_one(AccessPointRow, "laser-co2")
        was, row.name = row.name, {"fr": name}
    try:
        page = signed_in("desk", at="/bookings?thing=laser-co2")
        page.set_viewport_size({"width": 320, "height": 640})
        expect(page.locator("#slot h2")).to_contain_text(name)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    finally:
        with world.database.write() as db:
            db.get_one(AccessPointRow, "laser-co2").name = was
