"""The application over an empty place with an account of each role."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.places import sites
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.live import Live
from controller.settings import (
    ChatSettings,
    MailSettings,
    OidcSettings,
    Settings,
    SiteSettings,
    SyslogSettings,
    WebSettings,
)
from controller.store.engine import open_database
from controller.store.migrate import upgrade
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.support.databases import a_copy, filled_once
from tests.support.temporary import once
from webui.bench.hardware import Hardware
from webui.context import WebContext
from webui.feature import Feature
from webui.features import FEATURES

SITE = "la-fabrique"
NOW = Utc.parse("2026-11-24T13:00:00.000Z")
PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A place without machines, with one account of each role."""
    filled = once("webui", _fill)
    with a_copy(f"sqlite:///{filled / 'loquet.db'}", tmp_path) as url:
        engine = open_database(url)
        yield Database(engine, house=HOUSE)
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The same, in each kind of database."""
    kind: str = request.param
    server = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    filled = filled_once(kind, "webui_roles", lambda engine: fill(_over(engine)), server)
    with a_copy(filled, tmp_path) as url:
        engine = open_database(url)
        yield _over(engine)
        engine.dispose()


def _over(engine: Engine) -> Database:
    return Database(engine, house=HOUSE)


def _fill(folder: Path) -> None:
    with filled_database(folder):
        pass


@contextmanager
def filled_database(folder: Path) -> Iterator[Database]:
    """The same, outside of a test."""
    engine = open_database(f"sqlite:///{folder / 'loquet.db'}", make=True)
    upgrade(engine, HOUSE.migrations)
    database = Database(engine, house=HOUSE)
    fill(database)
    yield database
    engine.dispose()


def fill(database: Database) -> None:
    """Into a database with nothing in it: the site, and an account of each role."""
    system = Actor.system("test")
    with database.write() as db:
        sites.ensure_site(db, SiteSettings(id=SITE, name="La Fabrique"), NOW)
        for role in (Role.ADMIN, *(role for role in Role if role is not Role.ADMIN)):
            accounts.create(
                db,
                login=f"{role.value}@example.org",
                password=PASSWORD,
                roles={SITE: frozenset({role})},
                actor=system,
                now=NOW,
            )


def make_app(
    database: Database,
    clock: Clock,
    hardware: Hardware | None = None,
    features: Sequence[Feature] = FEATURES,
    mail: MailSettings | None = None,
    oidc: OidcSettings | None = None,
    chat: ChatSettings | None = None,
    syslog: SyslogSettings | None = None,
    **web: Any,
) -> Flask:
    """The application with these settings of `[web]`, and of the features named."""
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique"),
        web=WebSettings(**web),
        mail=mail or MailSettings(),
        oidc=oidc or OidcSettings(),
        chat=chat or ChatSettings(),
        syslog=syslog or SyslogSettings(),
    )
    return an_application(
        WebContext(
            settings=settings,
            database=database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={SITE: b"k" * 32},
            own_key=b"w" * 32,
            hardware=hardware,
            clock=clock,
        ),
        features,
    )


@pytest.fixture
def client(database: Database, clock: Clock) -> FlaskClient:
    """A browser without scripts."""
    return make_app(database, clock).test_client()


def token_of(client: FlaskClient, page: str = "") -> str:
    """The form token of a page; of none: as pages make it, which one browser has all alike."""
    if page:
        text = client.get(page, follow_redirects=True).get_data(as_text=True)
        return text.split('name="csrf_token" value="')[1].split('"')[0]
    with client.session_transaction() as session:
        raw = session.setdefault("csrf_token", token_hex(20))
    box = URLSafeTimedSerializer(str(client.application.secret_key), salt="wtf-csrf-token")
    return str(box.dumps(raw))


def sign_in(client: FlaskClient, role: str, password: str = PASSWORD, **fields: str) -> int:
    """Send the sign-in form, as `ROLE@example.org`; the answer's status."""
    data = {"csrf_token": token_of(client), "login": f"{role}@example.org", "password": password}
    return client.post("/sign-in", data=data | fields).status_code
