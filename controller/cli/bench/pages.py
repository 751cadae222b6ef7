"""Each page over a place of 100,000 members: how long the server takes for it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.agents.installation import credential_key
from controller.capabilities.badges.vault import Vault
from controller.capabilities.plans.standing import Standing
from controller.cli.bench import BenchFailed, crowd
from controller.cli.bench.figure import Figure, percentile
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.past import remember
from controller.cli.demo.people import PEOPLE
from controller.cli.demo.place import AGENTS, POINTS, SITE_ID
from controller.cli.demo.seed import seed
from controller.cli.init import initialise
from controller.cli.running import open_controller, web_context
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings, load
from controller.store.engine import open_database

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

BADGES = 10_000
"""Of the members; the others were here once."""
TIMES = 20
LOGIN, PASSWORD = "bench@lafabrique.example", "bench bench bench"
_SECRETS = "secrets.json"
_ENDLESS = "/live"
"""The stream."""
_SEARCHES = ("eloise", "el mor", "Inès Vasnardsin", "nobody")
_SEARCHED = ("/members?q=", "/find?q=", "/desk?q=", "/members/like?name=")


def install(folder: Path, members: int = crowd.HOLDERS, badges: int = BADGES) -> Settings:
    """La Fabrique with six weeks of past and so many members; nothing runs."""
    layout = Layout.under(folder)
    layout.write(Ports(web=8000, broker=8883))
    settings = load(layout.config)
    initialise(settings)
    seed(settings, folder / _SECRETS)
    remember(settings)
    engine = open_database(settings.database.url)
    try:
        with Database(engine, house=HOUSE).write() as db:
            crowd.add(db, Vault(credential_key(settings)), wall_clock(), members, badges)
            accounts.create(
                db,
                login=LOGIN,
                password=PASSWORD,
                roles={SITE_ID: frozenset(Role)},
                actor=Actor.system("bench"),
                now=wall_clock(),
            )
    finally:
        engine.dispose()
    return settings


def measure(settings: Settings, times: int = TIMES) -> list[Figure]:
    """The slowest page's p95 in ms, and each page's own."""
    with _application(settings) as app:
        client = _signed_in(app)
        taken = {path: _times(client, path, times) for path in addresses(app, settings)}
    figures = [_figure(f"page_100k:{path}", samples) for path, samples in taken.items()]
    figures.sort(key=lambda each: -(each.value or 0))
    worst = figures[0]
    note = f"p95 of the slowest: {worst.name.partition(':')[2]}"
    return [Figure("page_100k", "ms", value=worst.value, note=note), *figures]


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

    with open_controller(settings, alone=True) as controller:
        yield create_app(web_context(controller))


def addresses(app: "Flask", settings: Settings) -> list[str]:
    """Every page that one can read, found in the application's own routes, and some searches."""
    given = _given(settings)
    found = [
        re.sub("<([a-z]+)>", lambda each: given[each[1]], rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.arguments <= given.keys()
        and not rule.rule.startswith(("/api/", "/s/", "/health"))
        and rule.rule != _ENDLESS
    ]
    searches = [f"{page}{quote(query)}" for page in _SEARCHED for query in _SEARCHES]
    narrowed = [f"/members?state={standing}" for standing in Standing]
    return sorted({*found, *searches, *narrowed, f"/desk?person={given['member']}"})


def _given(settings: Settings) -> dict[str, str]:
    """One of each thing that has a page; of members one who has been here for long."""
    secrets = seed(settings, Path(settings.source).with_name(_SECRETS))
    regular = next(each.name for each in PEOPLE if each.plan == "atelier" and each.certifications)
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


def _times(client: "FlaskClient", path: str, times: int) -> list[float]:
    """Milliseconds; the first answer, for which templates are compiled, doesn't count."""
    return [_took_ms(client, path) for _ in range(times + 1)][1:]


def _took_ms(client: "FlaskClient", path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    answer.get_data()
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code >= 500:
        raise BenchFailed(f"{path} answered {answer.status_code}")
    return took
