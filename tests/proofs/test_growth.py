"""What a tap, an event, a page and a report cost at full size, beside a hundredth of it.

`LOQUET_HOLDERS` and `LOQUET_EVENTS` are the full size. Costs are the processor's time, of our own
thread and of PostgreSQL's process, in turn of both sizes in one run.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.capabilities.members.models import MemberRow
from controller.cli.bench import pages
from controller.cli.controller_runtime import Controller, open_controller, web_context
from controller.cli.demo.place import SITE_ID
from controller.domain.ids import CredentialId
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.kernel.database import Database, wall_clock
from controller.kernel.journal import EventRow
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.wire.codec import decode
from controller.wire.keys import holder_key
from controller.wire.messages import EventAck
from controller.wire.signatures import Signer
from controller.wire.values import make_row
from devices.agent.policy.store import StoredRow
from tests.devices.agent.agent_rig import SECRET, Rig, door_facts, member, site_row
from tests.devices.agent.agent_time import BOOT, Hands
from tests.hub.fake_agent import FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.world import add_agent
from tests.support.databases import a_copy, an_empty_one
from tests.support.growth import Spent, count, more_past, more_people, settled
from webui.app import create_app

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

HOLDERS = int(os.environ.get("LOQUET_HOLDERS", "1000000"))
EVENTS = int(os.environ.get("LOQUET_EVENTS", "10000000"))
PART = 100
PAST_DAYS = 42
"""Of the demo, which is where the past is copied from."""
AT_ONCE = 9
"""Copies of the past that lie over each other: 10,000,000 events are then of about 16 years."""
TIMES = 5
MOST = 1.5
NOISE_MS = 1.0
PAGES = (
    *("/", "/day", "/desk", "/members", "/members?q=ber", "/find?q=mor", "/members/like?name=ber"),
    *("/evacuation", "/machines", "/agents", "/incidents", "/bookings", "/training", "/since"),
    *("/screen", "/mine", "/accounts", "/audit", "/needs", "/statements", "/sales"),
)
REPORTS = ("/reports", "/reports/funder", "/safety-register", "/data")
BATCH, STAGED = 100, 10_000
"""Events in a message; rows in a page."""


@dataclass
class Size:
    """One of both sizes."""

    controller: Controller
    app: Flask
    client: FlaskClient
    spent: Spent

    def sign_in(self) -> None:
        """As who may read everything."""
        form = self.client.get("/sign-in").get_data(as_text=True)
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"csrf_token": token, "login": pages.LOGIN, "password": pages.PASSWORD}
        assert self.client.post("/sign-in", data=fields).status_code == 303

    def get(self, path: str) -> None:
        """Have a page answered, as a browser asks."""
        answer = self.client.get(path, headers={"Accept-Encoding": "gzip"})
        answer.get_data()
        assert answer.status_code < 500, f"{path}: {answer.status_code}"


Sizes = tuple[Size, Size]


@dataclass(frozen=True)
class Cost:
    """Milliseconds of the processor at both sizes."""

    small_ms: float
    large_ms: float

    @property
    def ratio(self) -> float:
        return self.large_ms / self.small_ms

    @property
    def is_too_much(self) -> bool:
        return self.ratio > MOST and self.large_ms - self.small_ms > NOISE_MS


@pytest.fixture(scope="module")
def sizes(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sizes]:
    """The hundredth, and the whole."""
    folder = tmp_path_factory.mktemp("growth")
    with ExitStack() as stack:
        small = stack.enter_context(an_empty_one(postgres_url))
        config = _installed(folder, small)
        engine = open_database(small)
        there = count(engine, EventRow)
        copies = max(1, EVENTS // PART // there)
        more_past(engine, copies, PAST_DAYS, 1)
        settled(engine)
        engine.dispose()
        large = stack.enter_context(a_copy(small, folder))
        engine, began = open_database(large), time.monotonic()
        more_people(engine, PART - 1)
        more_past(engine, PART - 1, PAST_DAYS * (copies + 1), AT_ONCE)
        settled(engine)
        print(f"\nmade in {time.monotonic() - began:.0f} s")
        engine.dispose()
        yield stack.enter_context(_open(config, small)), stack.enter_context(_open(config, large))


def _installed(folder: Path, url: str) -> Path:
    """A hundredth of the people, each with a badge and rights; its configuration's file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOQUET_DATABASE_URL", url)
        part = HOLDERS // PART
        return Path(pages.install(folder / "place", part, part).source)


@contextmanager
def _open(config: Path, url: str) -> Iterator[Size]:
    settings = load(config, {"LOQUET_DATABASE_URL": url})
    with open_controller(settings, single_process=True) as controller:
        engine = controller.database.engine
        spent, app = Spent(engine), create_app(web_context(controller))
        made = Size(controller, app, app.test_client(), spent)
        made.sign_in()
        print(f"{count(engine, MemberRow)} people, {count(engine, EventRow)} events")
        yield made


def compared(sizes: Sizes, works: tuple[Callable[[], object], Callable[[], object]]) -> Cost:
    """The least of some, in turn; the first, for which much is made ready, doesn't count."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMES + 1):
        for size, work, into in zip(sizes, works, found, strict=True):
            into.append(size.spent(work))
    return Cost(min(found[0][1:]), min(found[1][1:]))


def judge(what: str, costs: Mapping[str, Cost]) -> None:
    """Say the worst, and hold all of them to what is promised."""
    worst = sorted(costs.items(), key=lambda pair: -pair[1].ratio)
    print(f"\n{what}: {len(costs)}; the worst:")
    for name, cost in worst[:6]:
        print(f"  {name}: {cost.small_ms:.2f} ms, {cost.large_ms:.2f} ms: {cost.ratio:.2f}")
    assert [name for name, cost in worst if cost.is_too_much] == []


@pytest.mark.parametrize("what", ["pages", "reports"])
def test_pages_and_reports(sizes: Sizes, what: str) -> None:
    small, large = sizes
    costs = {
        path: compared(sizes, (partial(small.get, path), partial(large.get, path)))
        for path in (PAGES if what == "pages" else REPORTS)
    }
    judge(what, costs)


def test_an_event(sizes: Sizes) -> None:
    """Of a batch, from the message to what is acknowledged."""
    works = [telling(size.controller.database) for size in sizes]
    cost = compared(sizes, (works[0], works[1]))
    judge("an event", {"": Cost(cost.small_ms / BATCH, cost.large_ms / BATCH)})


def telling(database: Database) -> Callable[[], None]:
    """One more batch of an agent that is new there, each time; a session is two events."""
    agent, link, counters = FakeAgent(SITE_ID, "growing", ["growing"]), _link(), Counters()
    add_agent(database, agent)
    admission = Admission(Directory(database), counters)
    ingest = Ingest(database, admission, link, counters, wall_clock)

    def tell() -> None:
        told = len(agent.journal)
        for number in range(BATCH // 2):
            agent.record_session(float(told + number))
        ingest.handle([agent.batch(agent.journal[told:])])
        refused = [name for name in counters.snapshot() if "dropped" in name]
        assert not refused
        assert decode(link.published[-1].payload, EventAck).value.through == len(agent.journal)

    return tell


def _link() -> MemoryLink:
    return MemoryLink(Signer.generate())


def test_a_tap(tmp_path: Path) -> None:
    """At an agent that knows everybody, from the reader's word to the strike."""
    few, many = (tapping(tmp_path / str(size), size) for size in (HOLDERS // PART, HOLDERS))
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(200):
        for tap, into in zip((few, many), found, strict=True):
            began = time.thread_time()
            tap()
            into.append(1000 * (time.thread_time() - began))
    judge("a tap", {"": Cost(*(sorted(item)[100] for item in found))})


def tapping(folder: Path, holders: int) -> Callable[[], None]:
    """Somebody else each time, at a door that opens."""
    folder.mkdir()
    hands = Hands()
    rig = Rig(folder, hands, BOOT)
    rig.learn(("site", site_row()))
    value = bytes(make_row("x", 1, member("somebody")).value)
    rig.store.begin_sync()
    for first in range(0, holders, STAGED):
        rig.store.stage(
            StoredRow("holder", holder_key(SECRET, _badge(number)), 3, value)
            for number in range(first, min(first + STAGED, holders))
        )
    rig.store.finish_sync(1, 3, snapshot=False)
    door, chosen = rig.door(door_facts()), Random(1)

    def tap() -> None:
        rig.tap(door, _badge(chosen.randrange(holders)))

    return tap


def _badge(number: int) -> CredentialId:
    return CredentialId(f"em:{number:010}")
