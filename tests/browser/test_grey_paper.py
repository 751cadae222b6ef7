"""Charts on paper without colours: each key is drawn, and no two look alike in grey.

A browser prints no backgrounds of its own accord: what is one says that it must be printed.
"""

from datetime import timedelta
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Locator, Page

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.place import SITE_ID
from controller.domain.time import Utc
from controller.kernel.database import wall_clock
from controller.wire.ids import uuid7
from tests.browser.conftest import SignIn, World

MACHINE = "plotter"
KEYS = {
    "/day": ".legend li > svg",
    "/bookings": ".legend li:not(.keys)",
    f"/machines/{MACHINE}": ".legend span",
    "/reports": ".keys span",
}
"""Of each page with a chart that has keys: where they are."""
SIDE = 20
"""Pixels of a key that are compared."""
ALIKE = 6.0
"""Mean difference, of 255, below which two keys look the same; a key against blank paper too."""
LEAST = 2
"""Keys of a chart that needs them."""
PAINTED = """one => {
  const clear = 'rgba(0, 0, 0, 0)';
  const stays = (style) => style.backgroundColor === clear || style.printColorAdjust === 'exact';
  const parts = [[one, '::before'], ...[...one.querySelectorAll('i')].map((part) => [part, null])];
  return parts.every(([of, part]) => stays(getComputedStyle(of, part)));
}"""
"""Whether each background of a key is one that is printed."""
WORDS = "one => (one.textContent.trim() || one.parentElement.textContent.trim())"
HEAT = """() => {
  const main = document.querySelector('main');
  main.innerHTML = '<div class="heat"><table><tr></tr></table></div>';
  const row = main.querySelector('tr');
  for (const level of [0, 1, 2, 3, 4, 5])
    row.insertAdjacentHTML('beforeend', `<td class="l${level}"><span class="n">1</span></td>`);
  const parts = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const grey = (color) => parts(color).reduce((sum, part) => sum + part / 3, 0);
  return [...row.cells].map((cell) => {
    const [of, on] = [getComputedStyle(cell.firstElementChild), getComputedStyle(cell)];
    const stays = on.printColorAdjust === 'exact' && on.backgroundColor.startsWith('rgb(');
    return [of.visibility, grey(of.color), stays ? grey(on.backgroundColor) : 255];
  });
}"""
"""Of a cell of each level: whether its number is seen, how light that is and its ground (0–255)."""


@pytest.fixture(scope="module", autouse=True)
def worked(world: World) -> None:
    """A machine has worked this week: before that there is no chart of its weeks."""
    with world.database.write() as db:
        point = db.get_one(AccessPointRow, MACHINE)
        row = SessionRow(
            id=uuid7(),
            site_id=SITE_ID,
            agent_id=point.agent_id,
            access_point_id=MACHINE,
            started_at=Utc.of(wall_clock() - timedelta(hours=1)),
            active_s=1800.0,
            idle_s=600.0,
            powered_s=2400.0,
            gap_s=0.0,
        )
        db.add(row)
        db.flush()
        totals.recount(db, SITE_ID)


def grey(one: Locator) -> Image.Image:
    """Its left end, as a printer without colours draws it."""
    box = one.bounding_box()
    assert box is not None
    top = box["y"] + (box["height"] - SIDE) / 2
    clip = {"x": box["x"], "y": top, "width": SIDE, "height": SIDE}
    return Image.open(BytesIO(one.page.screenshot(clip=clip))).convert("L")  # type: ignore[arg-type]


def apart(one: Image.Image, other: Image.Image) -> float:
    """How far they are apart, in mean."""
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


def printed(page: Page, selector: str) -> dict[str, Image.Image]:
    """The keys of that page by their words, in grey; what would stay on the screen is left out."""
    page.emulate_media(media="print")
    shown = [each for each in page.locator(selector).all() if each.is_visible()]
    assert all(each.evaluate(PAINTED) for each in shown), "a background that no browser prints"
    return {each.evaluate(WORDS): grey(each) for each in shown}


@pytest.mark.parametrize("address", KEYS)
def test_keys_of_charts_are_told_apart_in_grey(
    world: World, signed_in: SignIn, address: str
) -> None:
    page = signed_in("manager", at=address, viewport={"width": 1100, "height": 4000})
    found = printed(page, KEYS[address])
    assert len(found) >= LEAST
    blank = Image.new("L", (SIDE, SIDE), 255)
    wrong = [words for words, key in found.items() if apart(key, blank) < ALIKE]
    wrong += [f"{a}, {b}" for a, b in combinations(found, 2) if apart(found[a], found[b]) < ALIKE]
    assert not wrong


def test_cells_of_a_heat_map_are_read_by_their_numbers(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/reports")
    page.emulate_media(media="print")
    for seen, number, ground in page.evaluate(HEAT):
        assert seen == "visible"
        assert abs(number - ground) > 150
