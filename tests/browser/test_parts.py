"""A live part changes in place: what somebody is doing in it goes on, and nothing moves away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.rows import SHOWN


@pytest.fixture
def page(signed_in: SignIn) -> Iterator[Page]:
    """Three rows."""
    show("a", "b", "c")
    page = signed_in(at="/rows")
    yield page
    SHOWN.clear()


def show(*order: str, words: str = "before") -> None:
    """What the server shows from now on."""
    SHOWN.clear()
    SHOWN.update(dict.fromkeys(order, words))


def order(page: Page) -> list[str]:
    return [element.get_attribute("id") or "" for element in page.locator(".tile").all()]


def again(page: Page) -> None:
    """Have the part fetched again, and wait until it is there."""
    with page.expect_response(lambda answer: answer.url.endswith("/rows")):
        page.evaluate("again(document.getElementById('part'))")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_what_somebody_does_in_it_goes_on(page: Page) -> None:
    page.locator("#b-more summary").click()
    page.locator("#b-said").fill("typed")
    page.locator("#c-blank").fill("typed too")
    page.locator("#b-story").fill("a story")
    page.locator("#c-seen").check()
    page.locator("#b-blank").fill("half a w")
    page.locator("#b-blank").evaluate("field => field.setSelectionRange(2, 4)")
    page.evaluate("document.getElementById('a-menu').showPopover()")
    show("new", "a", "b", "c", words="after")
    again(page)
    expect(page.locator("#b h2")).to_have_text("after")
    expect(page.locator("#b-more p")).to_be_visible()
    expect(page.locator("#b-said")).to_have_value("typed")
    expect(page.locator("#c-blank")).to_have_value("typed too")
    expect(page.locator("#b-story")).to_have_value("a story")
    expect(page.locator("#c-seen")).to_be_checked()
    expect(page.locator("#b-blank")).to_have_value("half a w")
    expect(page.locator("#a-menu")).to_be_visible()
    expect(page.locator("#a-menu")).to_have_text("after")
    assert focused(page) == "b-blank"
    caret = page.locator("#b-blank").evaluate("field => [field.selectionStart, field.selectionEnd]")
    assert caret == [2, 4]


@pytest.mark.parametrize("row", ["a", "b", "c"])
def test_where_a_browser_takes_out_what_it_moves_the_focus_comes_back(page: Page, row: str) -> None:
    page.evaluate("delete Element.prototype.moveBefore")
    page.locator(f"#{row}-button").focus()
    show("d", "c", "new", "b", "a", words="after")
    again(page)
    expect(page.locator(f"#{row} h2")).to_have_text("after")
    assert order(page).index(row) == "abc".index(row)
    assert focused(page) == f"{row}-button"


def test_a_row_that_has_the_focus_stays_until_it_has_gone(page: Page) -> None:
    page.locator("#b-button").focus()
    show("c", "a", "b", words="after")
    again(page)
    expect(page.locator("#b h2")).to_have_text("after")
    assert order(page) == ["c", "b", "a"]
    assert focused(page) == "b-button"
    page.locator("h1").click()
    expect(page.locator(".tile").nth(2)).to_have_id("b")
    assert order(page) == ["c", "a", "b"]


@pytest.mark.parametrize("left", [("a", "c"), ()])
def test_a_row_that_is_gone_waits_for_the_focus(page: Page, left: tuple[str, ...]) -> None:
    page.locator("#b-button").focus()
    show(*left, words="after")
    again(page)
    expect(page.locator(".tile")).to_have_count(len(left) + 1)
    assert focused(page) == "b-button"
    page.locator("h1").click()
    expect(page.locator("#b")).to_have_count(0)
    assert order(page) == list(left)


def test_nothing_moves_under_the_finger(page: Page) -> None:
    box = page.locator("#b h2").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    show("c", "b", "a", words="after")
    with page.expect_event("console", lambda said: said.text == "came"):
        page.evaluate(
            """document.addEventListener('htmx:finally:request', () => console.log('came'));
               again(document.getElementById('part'))"""
        )
    assert order(page) == ["a", "b", "c"]
    expect(page.locator("#b h2")).to_have_text("before")
    page.mouse.up()
    expect(page.locator("#b h2")).to_have_text("after")
    assert order(page) == ["c", "b", "a"]


def test_a_changed_row_is_said_and_an_unchanged_one_is_not(page: Page) -> None:
    SHOWN["b"] = "after"
    again(page)
    expect(page.locator("#polite")).to_have_text("b: after")
    expect(page.locator("#b")).to_have_class("tile just-changed")
    again(page)
    expect(page.locator("#b")).to_have_class("tile")
    expect(page.locator("#polite")).to_have_text("b: after")


def test_a_tab_that_nobody_sees_asks_for_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    show("a", "b", "c", words="after")
    page.evaluate("again(document.getElementById('part'))")
    assert page.locator("#b h2").text_content() == "before"
    assert not [url for url in asked if url.endswith("/rows")]
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#b h2")).to_have_text("after")


def test_an_answer_that_fails_changes_nothing(page: Page) -> None:
    page.route("**/rows", lambda route: route.fulfill(status=500, body="<p>no</p>"))
    with page.expect_event("console", lambda said: said.text == "failed"):
        page.evaluate(
            """document.addEventListener('htmx:response:error', () => console.log('failed'));
               again(document.getElementById('part'))"""
        )
    assert order(page) == ["a", "b", "c"]
