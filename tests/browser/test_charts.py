"""A chart's order of reading, and its looks on paper without colours: what is wrong is found.

Every chart of every page is asked the same by the crawl (`test_every_page.py`).
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.charts import out_of_order
from tests.browser.conftest import SignIn
from tests.browser.crawl import ASKS
from tests.browser.grey import alike_in_grey

NAMED = 'role="img" aria-label="Three weeks"'
TABLE = "<table><tr><th>Week</th><td>3 h</td></tr></table>"
SAID = "<p>Most work was done in May.</p>"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def bars(attributes: str, **looks: str) -> str:
    drawn = "".join(
        f'<rect class="{look}" x="{20 * at}" width="9" y="0" height="30" style="{style}"/>'
        for at, (look, style) in enumerate((looks or {"a": "", "b": "", "c": ""}).items())
    )
    return f'<svg {attributes} width="200" height="30">{drawn}</svg>'


def put(page: Page, inside: str) -> None:
    """Into a page of one chart."""
    page.set_content(f"<main><section>{inside}</section></main>")
    page.evaluate(ASKS.replace('"use strict";', ""))


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [
        (f"<h2>Weeks</h2>{SAID}{bars(NAMED)}{TABLE}", ""),
        (f"<h2>Weeks</h2>{SAID}{bars(NAMED)}<a href='#'>As a table</a>", ""),
        (f"<h2>Weeks</h2>{SAID}<table><tr><th>3 h</th><td>{bars(NAMED)}</td></tr></table>", ""),
        (f"<h2>Weeks</h2>{SAID}<ul><li>3 h {bars('aria-hidden=true')}</li></ul>", ""),
        (f"<h2>Weeks</h2>{SAID}{bars('')}{TABLE}", "without a name"),
        (f"<h2>Weeks</h2>{SAID}{bars('aria-hidden=true')}{TABLE}", "nobody hears of"),
        (f"{SAID}{bars(NAMED)}{TABLE}", "without a heading"),
        (f"<h2>Weeks of work in May</h2>{bars(NAMED)}{TABLE}", "without its message"),
        (f"<h2>Weeks</h2><p>Hours</p>{bars(NAMED)}{TABLE}", "without its message"),
        (f"<h2>Weeks</h2>{bars(NAMED)}{SAID}{TABLE}", "without its message"),
        (f"<h2>Weeks</h2>{SAID}{bars(NAMED)}", "without its table"),
        (f"<h2>Weeks</h2>{SAID}{TABLE}{bars(NAMED)}", "without its table"),
    ],
)
def test_a_chart_is_read_title_message_drawing_table(page: Page, inside: str, wrong: str) -> None:
    put(page, inside)
    found = out_of_order(page)
    assert bool(found) is bool(wrong)
    assert wrong in "".join(found)


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ("fill: #164f16", "fill: #b8e0b8", []),
        ("fill: #c44", "fill: #484", ["a and b"]),
        ("fill: #c44", "fill: #484; stroke: #000; stroke-width: 2", []),
        ("fill: color-mix(in oklab, red 50%, white)", "fill: rgb(255, 138, 112)", ["a and b"]),
    ],
)
def test_marks_that_only_colours_tell_apart_are_found(
    page: Page, one: str, other: str, wrong: list[str]
) -> None:
    put(page, bars(NAMED, a=one, b=other))
    assert alike_in_grey(page) == wrong


def test_keys_that_only_colours_tell_apart_or_that_no_printer_draws_are_found(page: Page) -> None:
    box = "float: left; width: 2rem; height: 2rem"
    key = f'<li style="height: 2rem"><i style="{box}; background: {{}}"></i>{{}}</li>'
    keys = key.format("#c44", "work") + key.format("#484", "rest")
    put(page, f'<ul class="legend">{keys}</ul>')
    assert alike_in_grey(page) == ["a background that no browser prints", "work and rest"]


def test_labels_that_come_out_below_16_pixels_are_found(page: Page) -> None:
    drawn = '<svg viewBox="0 0 100 10" width="{}" height="20"><text font-size="{}">3 h</text></svg>'
    put(page, drawn.format(200, 8) + drawn.format(100, 16))
    assert page.evaluate("looks.faint()") == []
    put(page, drawn.format(200, 7) + drawn.format(100, 15))
    assert len(page.evaluate("looks.faint()")) == 2


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


def test_cells_of_a_heat_map_are_read_by_their_numbers(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/reports")
    page.emulate_media(media="print")
    for seen, number, ground in page.evaluate(HEAT):
        assert seen == "visible"
        assert abs(number - ground) > 150
