"""Two furnished sites, and a browser for everybody who has an account at either."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.billing import till
from controller.capabilities.billing.shapes import NewHandover
from controller.kernel.actor import Role
from controller.kernel.database import Database
from controller.kernel.pdf.printer import Printer
from controller.store.engine import open_database
from tests.security.web.visitor import Check, Visitor, Watch
from tests.support.clock import Clock
from tests.support.databases import a_copy, migrated_sqlite
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in
from tests.webui.features import away
from tests.webui.fuzz.fuzz_world import ELSEWHERE, SYSTEM, World, build, fuzz_app
from webui import paper
from webui.statics import STATIC

BOSS, THEIR_BOSS, BOTH = "boss", "their-boss", "both"
APART = (
    "signin.",
    "language.",
    "theme.",
    "first.",
    "setup.",
    "evacuation.",
    "member_files.",
    "opendata.publish",
    "needs.send",
)
"""Forms that are not sent beforehand: they end the session, change what all others meet, or are for
anybody."""
EVERYTHING = frozenset({Role.ADMIN, Role.MANAGER, Role.DPO})
"""Together they may do whatever there is to do at a site."""


class Unprinted(Printer):
    """Hands over the HTML that would be printed: what it tells stands there for who looks for it.

    In a PDF it is packed. What prints is tried by `tests/kernel/pdf`, and each document by its own
    tests.
    """

    def pdf(self, html: str) -> bytes:
        """As it would be sent to the process that prints."""
        return html.encode()


@dataclass
class Place:
    """Both sites as they are served."""

    app: Flask
    database: Database
    watch: Watch

    def visitor(self, who: str, check: Check | None = None) -> Visitor:
        """A browser that has signed in: a role of here, or one of the accounts above."""
        client = self.app.test_client()
        assert sign_in(client, who) == 303
        made = Visitor(self.app, client, check) if check else Visitor(self.app, client)
        self.watch = self._again()
        return made

    def _again(self) -> Watch:
        """What signing in wrote is no change."""
        file = self.watch.file
        self.watch.close()
        return Watch(file)


def make(folder: Path, marks: tuple[str, str]) -> World:
    """A database in that folder with everything in it, but not yet the application."""
    url = migrated_sqlite(folder)
    engine = open_database(url)
    database = Database(engine, house=HOUSE)
    world = build(database, fuzz_app(database, Clock(NOW), folder), marks)
    with database.write() as db:
        for login, roles in everybody().items():
            accounts.create(
                db,
                login=f"{login}@example.org",
                password=PASSWORD,
                roles=roles,
                actor=SYSTEM,
                now=NOW,
                member_id=world.here.ids["members"][1] if login == Role.MEMBER else None,
            )
        for side, mark in zip((world.here, world.there), marks, strict=True):
            cash = NewHandover(amount_cents=100, reference=mark)
            side.ids["handover"].append(till.hand_over(db, side.site, cash, actor=SYSTEM, now=NOW))
    engine.dispose()
    return world


def write(folder: Path, walked: Path, marks: tuple[str, str]) -> None:
    """Send each form that makes something: so features without an API have things too."""
    with served(folder, walked) as place:
        for who, text in zip((BOSS, THEIR_BOSS), marks, strict=True):
            visitor = place.visitor(who)
            found, token = visitor.walk(alike=1).forms, visitor.token()
            for endpoint, every in found.items():
                form = every[0][1]
                if endpoint.startswith(APART) or visitor.names_something(form):
                    continue
                sent = form.fields(text, next(form.presses(), None)) | {"csrf_token": token}
                if "scope" in sent:  # what counts in the whole network is no secret
                    sent["scope"] = "site"
                answer, _page = visitor.send(form.action, sent)
                assert answer.status_code < 500, f"{form.action} {sent}"
        place.watch.copy_to(folder / "loquet.db")


def everybody() -> dict[str, dict[str, frozenset[Role]]]:
    """Everybody who signs in, with the roles of each."""
    return {
        **{role.value: {SITE: frozenset({role})} for role in Role},
        BOSS: {SITE: EVERYTHING},
        THEIR_BOSS: {ELSEWHERE: EVERYTHING},
        BOTH: {SITE: EVERYTHING, ELSEWHERE: EVERYTHING},
    }


@contextmanager
def served(made: Path, folder: Path) -> Iterator[Place]:
    """A copy of it, with the application over it; its documents are not printed."""
    with (
        a_copy(f"sqlite:///{made / 'loquet.db'}", folder) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(paper, "_printer", lambda: Unprinted(STATIC))
        engine = open_database(url)
        database = Database(engine, house=HOUSE)
        app = fuzz_app(database, Clock(NOW), folder, away)
        place = Place(app, database, Watch(folder / "loquet.db"))
        yield place
        place.watch.close()
        app.extensions["broadcast"].close()
        engine.dispose()
