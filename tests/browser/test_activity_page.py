"""*Catch up* by keyboard: *Seen*, Enter, and the next row is under the finger."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn


@pytest.mark.parametrize("scripts", [True, False])
def test_seen_and_enter_go_on_at_the_next_row(signed_in: SignIn, scripts: bool) -> None:
    page = signed_in("manager", at="/since?since=week", java_script_enabled=scripts)
    open_ones = page.locator('button.tick[aria-pressed="false"]')
    first, second = (open_ones.nth(n).get_attribute("id") for n in (0, 1))
    page.locator(f"#{first}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#{first}")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#{second}")).to_be_focused()
