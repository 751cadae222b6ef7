"""One's own page in a browser: at a terminal it closes after a minute; a screen finds back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.self_service import codes
from controller.cli.demo.people import PEOPLE, ZOE, credential_of
from controller.cli.demo.place import SITE_ID
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from tests.browser.conftest import World

SYSTEM = Actor.system("test")
CODE = "2580"
PHONE = {"width": 390, "height": 844}
NUMBER = credential_of([person.name for person in PEOPLE].index(ZOE))
"""Of her badge."""


COURSES = """() => {
  const below = document.querySelector('.book').getBoundingClientRect().top + 1;
  const lines = [...document.querySelectorAll('.learn li')];
  const boxes = lines.map((one) => one.getBoundingClientRect());
  const shown = boxes.filter((box) => box.left < innerWidth);
  return [shown.length, shown.filter((box) => box.bottom > below).length];
}"""
"""How many are shown, and how many of them stand on the code below."""


def address(world: World, kind: AddressKind) -> str:
    with world.database.write() as db:
        new = NewAddress(name="test", kind=kind)
        _made, secret = addresses.create(db, SITE_ID, new, actor=SYSTEM, now=wall_clock())
    return f"{world.url}/{kind}/{secret}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


def test_badge_and_code_open_it_and_a_minute_without_a_touch_closes_it(
    world: World, page: Page
) -> None:
    who = Actor(ref="x", member_id=world.secrets.members[ZOE])
    with world.database.write() as db:
        codes.set_own(db, CODE, key=codes.hashing_key("s" * 40), actor=who, now=wall_clock())
    page.clock.install()
    page.goto(address(world, AddressKind.TERMINAL))
    expect(page.locator("#badge")).to_be_focused()
    page.keyboard.type(NUMBER)  # as a reader does
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(ZOE)
    page.clock.fast_forward(50_000)
    expect(page.locator("[data-warn]")).to_contain_text("se ferme dans")
    page.mouse.move(50, 50)
    page.clock.fast_forward(1_000)
    expect(page.locator("[data-warn]")).to_have_text("")
    page.clock.fast_forward(61_000)
    expect(page.locator("#badge")).to_be_focused()
    page.go_back()
    expect(page.locator("#badge")).to_be_visible()
    assert ZOE not in page.content()


def test_a_screen_says_since_when_it_has_no_news_and_finds_back_by_itself(
    world: World, page: Page
) -> None:
    page.clock.install()
    page.goto(f"{address(world, AddressKind.SCREEN)}?lang=fr")
    page.set_viewport_size({"width": 1920, "height": 1080})
    lost = page.locator(".lost")
    expect(page.get_by_role("heading", name="Libres maintenant")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    page.set_viewport_size({"width": 1440, "height": 810})
    shown, over = page.evaluate(COURSES)
    assert shown >= 3
    assert over == 0
    nodes = page.evaluate("document.querySelectorAll('*').length")
    page.context.set_offline(True)  # the server restarts
    page.clock.run_for(90_000)
    expect(lost).to_contain_text(re.compile(r"Pas de mise à jour depuis \d\d:\d\d"))
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect(lost).to_be_hidden()
    for _ in range(5):
        page.clock.run_for(31_000)
    assert page.evaluate("document.querySelectorAll('*').length") <= nodes + 5
