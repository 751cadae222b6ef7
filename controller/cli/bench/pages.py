"""Measure each page of a place with 100,000 members, or with 300 machines.

The time is that of the processor, for the thread that answers and, with PostgreSQL, for its server
too; other load on the computer is not included. On an idle computer the answer takes as long. For
the place with 300 machines the size of each page is measured too.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event, select

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import book_updates
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.member_filter import MemberFilter
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.presence.shapes import NewEvacuation
from controller.cli.bench import BenchFailed, addresses, crowd, workshops
from controller.cli.bench.figure import Figure, percentile
from controller.cli.controller_runtime import open_controller, web_context
from controller.cli.demo.history import add_history
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.people import PEOPLE
from controller.cli.demo.place import AGENTS, POINTS, SITE_ID
from controller.cli.demo.seed import seed
from controller.cli.init import initialise
from controller.cli.numbers import vault_of
from controller.cli.process_tuning import tune_for_latency
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, Session, wall_clock
from controller.settings import Settings
from controller.settings.reading import load
from controller.store.engine import open_database
from controller.wire.ids import uuid7
from webui.context import EXTENSION, WebContext

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

BADGES = 10_000
"""How many members have a badge; the others came in the past."""
IN = 500
"""How many people are present."""
TIMES, FEWER_TIMES = 20, 7
"""Measured requests for each page: of the place with many members, and with many machines."""
LIMIT_MS, ROUNDS = 60, 3
"""A page above the limit is measured again after the others, in at most so many rounds."""
SMALL_PLACE_MEMBERS = 5_000
"""Number of members of the place with 300 machines; each has a badge."""
LOGIN, PASSWORD = "bench@lafabrique.example", "bench bench bench"
"""The account of the bench, which has all roles."""
_SECRETS = "secrets.json"
_ENDLESS = "/live"
"""The event stream, which does not end."""
_SEARCHED = ("/members?q=", "/find?q=", "/desk?q=", "/members/like?name=")
_API = "/api/v1"
_ROLL_CALL = "/evacuation"
_REQUESTS_PER_MINUTE = 1_000_000
Request = Callable[[str], None]
"""Requests an address, and raises BenchFailed for a server error."""


def install(
    folder: Path,
    members: int = crowd.HOLDERS,
    badges: int = BADGES,
    *,
    with_workshops: bool = False,
) -> Settings:
    """Install the demo's place with six weeks of history and this number of members.

    Nothing runs.
    """
    layout = Layout.under(folder)
    layout.write(Ports(web=8000, broker=8883))
    settings = load(layout.config)
    initialise(settings)
    audit_entries: list[Any] = []
    seed(settings, folder / _SECRETS, audit_entries)
    add_history(settings, audit_entries)
    engine = open_database(settings.database.url)
    try:
        vault = vault_of(settings)
        database = Database(engine, house=HOUSE, vault=vault)
        with database.write() as db:
            crowd.add_members(db, vault, wall_clock(), members, badges)
            _add_presences(db, wall_clock())
            if with_workshops:
                workshops.add(db, wall_clock())
            accounts.create(
                db,
                login=LOGIN,
                password=PASSWORD,
                roles={SITE_ID: frozenset(Role)},
                actor=Actor.system("bench"),
                now=wall_clock(),
            )
        book_updates.catch_up(database, SITE_ID, wall_clock())  # as a job does
    finally:
        engine.dispose()
    return settings


def _add_presences(db: Session, now: Utc) -> None:
    """Note that `IN` of the members are present."""
    refs = db.scalars(select(MemberRow.ref).order_by(MemberRow.id.desc()).limit(IN))
    move = {"site_id": SITE_ID, "zone_id": "atelier", "heads": 1, "moved_at": now, "by_desk": True}
    crowd.rows(db, PresenceRow, [move | {"id": uuid7(), "member_ref": ref} for ref in refs])


def measure(settings: Settings, times: int = TIMES) -> list[Figure]:
    """Return the slowest page's p95 in ms, then the figure of each page."""
    with _application(settings) as app:
        client = _signed_in(app)
        pages = to_measure(app, client, settings)
        unreached = addresses.unreached_endpoints(app, pages)
        request, processor_ms = (
            _browser_request(client),
            _ProcessorTime(_context(app).database.engine),
        )
        samples_of = _settled_times(request, processor_ms, pages, times)
        api_request = _api_request(app, client)
        samples_of |= _settled_times(api_request, processor_ms, _api_lists(app), times)
        _start_evacuation(_context(app).database)
        samples_of[f"{_ROLL_CALL} of {IN}"] = _times(request, processor_ms, _ROLL_CALL, times)
    figures = [_figure(f"page_100k:{path}", samples) for path, samples in samples_of.items()]
    figures.sort(key=lambda figure: -(figure.value or 0))
    worst = figures[0]
    note = f"p95 of the slowest of {len(figures)}: {worst.name.partition(':')[2]}"
    note += f"; not measured: {', '.join(sorted(unreached))}" if unreached else ""
    return [Figure("page_100k", "ms", value=worst.value, note=note), *figures]


def measure_machines(settings: Settings, times: int = FEWER_TIMES) -> list[Figure]:
    """Return the slowest page's p95 in ms, the largest page's kB of HTML, then each page's figures.

    Sizes are without gzip. The place has 300 machines.
    """
    with _application(settings) as app:
        client = _signed_in(app)
        pages = to_measure(app, client, settings)
        sizes = {path: size for path in pages if (size := _kilobytes(client, path))}
        request, processor_ms = (
            _browser_request(client),
            _ProcessorTime(_context(app).database.engine),
        )
        times_taken = _settled_times(request, processor_ms, sizes, times)
    slow = [_figure(f"page_300_machines:{path}", samples) for path, samples in times_taken.items()]
    heavy = [Figure(f"weight_300_machines:{path}", "kB", value=kb) for path, kb in sizes.items()]
    return [*_worst_first("page_300_machines", slow), *_worst_first("weight_300_machines", heavy)]


def _worst_first(name: str, figures: list[Figure]) -> list[Figure]:
    figures.sort(key=lambda figure: -(figure.value or 0))
    worst = figures[0]
    note = f"the worst of {len(figures)}: {worst.name.partition(':')[2]}"
    return [Figure(name, worst.unit, value=worst.value, note=note), *figures]


def _kilobytes(client: "FlaskClient", path: str) -> float:
    """Return the kilobytes of an HTML page; 0 for anything else."""
    answer = client.get(path)
    return len(answer.get_data()) / 1000 if answer.mimetype == "text/html" else 0.0


def _figure(name: str, samples: list[float]) -> Figure:
    return Figure(
        name,
        "ms",
        p50=percentile(samples, 50),
        max=max(samples),
        value=percentile(samples, 95),
        note="p95",
    )


@contextmanager
def _application(settings: Settings) -> Iterator["Flask"]:
    from webui.app import create_app

    with open_controller(settings, single_process=True) as controller:
        app = create_app(web_context(controller))
        tune_for_latency()  # as a server does
        yield app


def _context(app: "Flask") -> WebContext:
    context: WebContext = app.extensions[EXTENSION]
    return context


def to_measure(app: "Flask", client: "FlaskClient", settings: Settings) -> list[str]:
    """Return the addresses of all readable pages and of some searches."""
    ids = _example_ids(settings)
    begin = addresses.routes(app, ids, {_ENDLESS})
    begin |= {f"{page}{quote(query)}" for page in _SEARCHED for query in addresses.SEARCHES}
    begin |= {f"/members?state={standing}" for standing in MemberFilter}
    begin.add(f"/desk?person={ids['member']}")
    return addresses.crawl(app, client, begin)


def _api_lists(app: "Flask") -> list[str]:
    """Return every list of the API, and searches for members."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    lists = {rule.rule for rule in rules if rule.rule.startswith(_API) and not rule.arguments}
    return sorted({*lists, *(f"{_API}/members?search={quote(q)}" for q in addresses.SEARCHES)})


def _start_evacuation(database: Database) -> None:
    with database.write() as db:
        actor = Actor.system("bench")
        evacuations.start(db, NewEvacuation(site_id=SITE_ID), actor=actor, now=wall_clock())


def _example_ids(settings: Settings) -> dict[str, str]:
    """Return the ids of one thing for each kind of page; the member is a long-standing one."""
    secrets = seed(settings, Path(settings.source).with_name(_SECRETS))
    regular = next(
        person.name for person in PEOPLE if person.plan == "atelier" and person.certifications
    )
    machine = next(str(wired.point.id) for wired in POINTS if wired.watts)
    return {"member": secrets.members[regular], "point": machine, "agent": next(iter(AGENTS))}


def _signed_in(app: "Flask") -> "FlaskClient":
    client = app.test_client()
    form = client.get("/sign-in").get_data(as_text=True)
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "login": LOGIN, "password": PASSWORD}
    if client.post("/sign-in", data=fields).status_code != 303:
        raise BenchFailed("the bench could not sign in")
    return client


def _browser_request(client: "FlaskClient") -> Request:
    """Return a function that requests a page as a browser does, with gzip."""
    return lambda path: _request(client, path, {"Accept-Encoding": "gzip"})


def _api_request(app: "Flask", client: "FlaskClient") -> Request:
    """Return a function that calls the API with a token that has every permission."""
    with _context(app).database.write() as db:
        account = db.scalars(select(AccountRow).where(AccountRow.login == LOGIN)).one()
        _token, secret = tokens.add(
            db,
            account.id,
            "bench",
            list(HOUSE.permissions),
            wall_clock(),
            Actor.system("bench"),
            per_minute=_REQUESTS_PER_MINUTE,
        )
    return lambda path: _request(client, path, {"Authorization": f"Bearer {secret}"})


def _request(client: "FlaskClient", path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    answer.get_data()
    if answer.status_code >= 500:
        raise BenchFailed(f"{path} answered {answer.status_code}")


class _ProcessorTime:
    """Counts the processor milliseconds of this thread, and of the PostgreSQL servers for it."""

    def __init__(self, engine: Engine) -> None:
        self._servers: set[Path] = set()
        if engine.dialect.name == "postgresql":
            event.listen(engine, "engine_connect", self._note_server)

    def _note_server(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        self._servers.add(Path(f"/proc/{driver.info.backend_pid}/schedstat"))

    def __call__(self) -> float:
        """Return the milliseconds so far."""
        spent = (int(server.read_text().split()[0]) for server in self._servers if server.exists())
        return 1000 * time.thread_time() + sum(spent) / 1e6


def _settled_times(
    request: Request, processor_ms: _ProcessorTime, paths: Iterable[str], times: int
) -> dict[str, list[float]]:
    """Return the milliseconds per request of each page, in its quickest round.

    The host slows this computer for seconds or minutes at a time; nothing makes a page quicker than
    it is. So a page above the limit is measured again later, with `TIMES` requests.
    """
    samples_of = {path: _times(request, processor_ms, path, times) for path in paths}
    for _ in range(ROUNDS - 1):
        for path, samples in samples_of.items():
            if percentile(samples, 95) > LIMIT_MS:
                again = _times(request, processor_ms, path, TIMES)
                samples_of[path] = min(samples, again, key=lambda taken: percentile(taken, 95))
    return samples_of


def _times(request: Request, processor_ms: _ProcessorTime, path: str, times: int) -> list[float]:
    """Return milliseconds per request; the first one, which compiles templates, does not count."""
    samples = []
    for _ in range(times + 1):
        began = processor_ms()
        request(path)
        samples.append(processor_ms() - began)
    return samples[1:]
