"""A public screen that runs for weeks: nothing grows in the browser, and it finds back by itself.

Chromium is real and so is the server, killed and started again; the browser's clock alone is moved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Response, expect

from controller.assembly import HOUSE
from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.seed import seed
from controller.cli.init import initialise
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.settings.reading import load
from controller.store.engine import open_database
from tests.browser.board_rows import busy_board
from tests.support.programs import free_port
from tests.support.web_server import port_of, running

pytestmark = pytest.mark.needs("chromium")

ASKS_MS = 31_000
"""It asks every half minute."""
DAY_MS = 24 * 60 * 60 * 1000
HEAP = 200_000
"""Bytes that scripts may hold more than at first: what the browser keeps for itself."""
NODES = 400
"""So many more: the last answer that was swapped out, and a busier hour of the board. A screen that
kept what it swaps out would hold more than that after three answers."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A busy place that is not served yet, and its screen's address."""

    config: Path
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page holds in the browser, once all is gone that may go."""

    nodes: int
    listeners: int
    documents: int
    heap: int


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    folder = tmp_path_factory.mktemp("screen")
    layout, port = Layout.under(folder), free_port()
    layout.write(Ports(web=port, broker=8883))
    settings = load(layout.config, {})
    initialise(settings)
    seed(settings, folder / "secrets.json")
    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).write() as db:
        busy_board(db, wall_clock())
        new = NewAddress(name="Entrée", kind=AddressKind.SCREEN)
        by = Actor.system("test")
        _made, secret = addresses.create(db, SITE_ID, new, actor=by, now=wall_clock())
    engine.dispose()
    return Entrance(layout.config, port, f"/screen/{secret}")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="fr-FR", viewport={"width": 1920, "height": 1080})
    yield context.new_page()
    context.close()


def asks(page: Page, times: int) -> None:
    """So many half minutes go by, and each time it shows what there is."""

    def is_asked(answer: Response) -> bool:
        return answer.ok and "hx-request" in answer.request.headers

    for _ in range(times):
        with page.expect_response(is_asked) as asked:
            page.clock.fast_forward(ASKS_MS)
        asked.value.finished()


def a_day_later(page: Page) -> None:
    """It begins anew, with whatever a new release brings."""
    with page.expect_event("load"):
        page.clock.fast_forward(DAY_MS)


def weigh(told: CDPSession) -> Weight:
    """What is left once a collection frees no more nodes: one holds what the next one frees."""
    left = weigh_once(told)
    while (again := weigh_once(told)).nodes < left.nodes:
        left = again
    return again


def weigh_once(told: CDPSession) -> Weight:
    told.send("HeapProfiler.collectGarbage")
    found = {
        metric["name"]: metric["value"] for metric in told.send("Performance.getMetrics")["metrics"]
    }
    of = ("Nodes", "JSEventListeners", "Documents", "JSHeapUsedSize")
    return Weight(*(int(found[name]) for name in of))


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        pytest.param(2, 40, id="days"),
        pytest.param(28, 1000, id="weeks", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_nothing_grows_and_it_finds_back_after_each_restart(
    entrance: Entrance, page: Page, days: int, asked: int
) -> None:
    lost, free = page.locator(".lost"), page.get_by_role("heading", name="Libres maintenant")
    page.clock.install()
    told = page.context.new_cdp_session(page)
    told.send("Performance.enable")
    weights: list[Weight] = []
    for day in range(days):
        with running(entrance.config, entrance.port) as server:
            port_of(server)
            if day == 0:
                page.goto(f"http://127.0.0.1:{entrance.port}{entrance.path}?lang=fr")
            else:
                asks(page, 1)
            expect(lost).to_be_hidden()
            a_day_later(page)
            asks(page, 5)
            expect(free).to_be_visible()  # what Playwright needs for it is in there too
            weights.append(weigh(told))
            if day == days - 1:
                asks(page, asked)
                weights.append(weigh(told))
        page.clock.fast_forward(3 * ASKS_MS)
        expect(lost).to_contain_text(re.compile(r"Pas de mise à jour depuis \d\d:\d\d"))
        expect(free).to_be_visible()  # what was known stays
    first, last = weights[0], weights[-1]
    print(f"{days} days and {asked} answers: {first}, then {last}")
    assert last.documents <= first.documents
    assert last.listeners <= first.listeners
    assert last.nodes <= first.nodes + NODES
    assert last.heap <= first.heap + HEAP
