"""The public screen from five metres: whatever it says is drawn large enough, whatever its size."""

from math import radians, tan

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import World

AWAY_M = 5.0
SCREEN_M = 1.22
"""Width of a television of 55 inches, which stands in an entrance."""
CAPITAL = 0.67
"""Of a font's size: how high its capitals are."""
LEAST, MAIN = 9.0, 16.0
"""Minutes of arc of a capital: 5 are the eye chart's line for sight of 10/10, 9 that for 5/10,
which driving asks for; ISO 9241-303 wants 16 where one reads at ease."""
SIZES = """() => [...document.querySelectorAll('body *')]
  .filter((one) => [...one.childNodes].some((each) => each.nodeType === 3 && each.data.trim()))
  .filter((one) => one.checkVisibility() && !one.closest('.unseen, script, style'))
  .map((one) => [one.textContent.trim(), parseFloat(getComputedStyle(one).fontSize),
    Boolean(one.closest('.free'))])"""
"""Words, the size of their letters in pixels, and whether they say what is free."""


@pytest.mark.parametrize("wide", [1280, 1920, 3840])
def test_every_word_is_read_from_five_metres_and_all_of_it_is_in_sight(
    world: World, chromium: Browser, wide: int
) -> None:
    page = chromium.new_page(viewport={"width": wide, "height": wide * 9 // 16})
    try:
        assert page.goto(f"{world.url}/screen?site=la-fabrique").status == 200  # type: ignore[union-attr]
        seen = page.evaluate(SIZES)
        over = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    finally:
        page.close()
    pixel = AWAY_M * tan(radians(1 / 60)) / (CAPITAL * SCREEN_M / wide)
    """Of a font's size, for one minute of arc."""
    assert len(seen) > 10
    assert [words for words, size, _free in seen if size < LEAST * pixel] == []
    free = [size for _words, size, is_free in seen if is_free]
    assert free
    assert max(free) >= MAIN * pixel
    assert over == 0
