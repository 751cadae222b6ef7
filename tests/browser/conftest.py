"""A busy place, served in this process, with its bench; and a browser to look at it."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import credential_key, own_key
from controller.cli.controller_runtime import hardware
from controller.cli.demo.bookings import add_bookings
from controller.cli.demo.courses import add_courses
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.maintenance import add_maintenance
from controller.cli.demo.money import add_money
from controller.cli.demo.other_systems import add_others
from controller.cli.demo.public_data import add_published
from controller.cli.demo.recent_events import add_recent_events, record_audit_check
from controller.cli.demo.safety import add_register
from controller.cli.demo.seed import Secrets, seed
from controller.cli.demo.self_service import add_self_service
from controller.cli.demo.sign_ins import add_accounts
from controller.cli.init import initialise
from controller.integrations.webhooks.sender import sealer
from controller.kernel.database import Database, wall_clock
from controller.live import Live
from controller.settings.reading import load
from controller.store.engine import open_database
from tests.browser.board_rows import busy_board, second_site
from tests.browser.message_rows import add_messages
from tests.browser.rows import ROWS
from tests.support.applications import an_application
from tests.support.pins import Pins
from webui.context import WebContext
from webui.features import FEATURES

logging.getLogger("werkzeug").setLevel(logging.WARNING)
THREADS = 16
"""Of the settings: 8 streams at most."""


@dataclass(frozen=True, slots=True)
class World:
    """A place that is served, and what is behind it."""

    url: str
    secrets: Secrets
    database: Database
    live: Live
    bench: Path
    app: Flask

    def password(self, role: str) -> tuple[str, str]:
        """Login and password of the account with that role."""
        found = next(account for account in self.secrets.accounts if account.role == role)
        return found.email, found.password


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """La Fabrique on a busy afternoon."""
    folder = tmp_path_factory.mktemp("place")
    layout = Layout.under(folder)
    layout.write(Ports(web=8000, broker=8883))
    settings = load(layout.config, {"LOQUET_WEB_THREADS": str(THREADS)})
    initialise(settings)
    secrets = seed(settings, folder / "secrets.json")
    engine = open_database(settings.database.url)
    live = Live("embedded")
    database = Database(engine, live, house=HOUSE)
    with database.write() as db:
        busy_board(db, wall_clock())
        secrets.accounts.extend(second_site(db, wall_clock()))
    add_register(database, wall_clock())
    add_others(database, sealer("s" * 40), wall_clock())
    add_maintenance(database, wall_clock())
    add_courses(database, wall_clock())
    add_money(database, wall_clock())
    add_accounts(database, wall_clock())
    add_bookings(database, wall_clock())
    add_recent_events(database, settings, wall_clock())
    record_audit_check(database, wall_clock())
    add_self_service(database, wall_clock())
    add_published(database, settings, wall_clock())
    add_messages(database, settings.site.id, wall_clock())
    pins = Pins(layout.bench, layout.socket)
    app = an_application(
        WebContext(
            settings=settings,
            database=database,
            live=live,
            secret="s" * 40,
            credential_keys={settings.site.id: credential_key(settings)},
            own_key=own_key(settings),
            hardware=hardware(str(layout.socket)),
        ),
        (*FEATURES, ROWS),
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield World(url, secrets, database, live, layout.socket, app)
    app.extensions["broadcast"].close()
    server.shutdown()
    server.server_close()
    pins.end()
    live.close()
    engine.dispose()


SignIn = Callable[..., Page]


@pytest.fixture
def signed_in(world: World, chromium: Browser) -> Iterator[SignIn]:
    """A page of a new browser profile, signed in with a role; Playwright's options pass through.

    It stands at `at`. Signing in is done beside the browser: its page is tried by its own tests.
    """
    contexts = []

    def sign_in(role: str = "manager", at: str = "/", **options: object) -> Page:
        context = chromium.new_context(base_url=world.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies(
            [{"name": "loquet", "value": session_of(world, role), "url": world.url}]
        )
        page = context.new_page()
        page.goto(at)
        return page

    yield sign_in
    for context in contexts:
        context.close()


def session_of(world: World, role: str) -> str:
    """The cookie of a new sign-in."""
    client = world.app.test_client()
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    login, password = world.password(role)
    assert token is not None
    sent = {"csrf_token": token[1], "login": login, "password": password}
    assert client.post("/sign-in", data=sent).status_code == 303
    cookie = client.get_cookie("loquet")
    assert cookie is not None
    return cookie.value
