"""A third language is one file an area: agents, pages and the API then say everything in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import credential_key, own_key
from controller.cli.demo.history import add_history
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.seed import Secrets, seed
from controller.cli.init import initialise
from controller.domain.access.decision import Decision, DenyReason, Notice, NoticeKind
from controller.domain.commissioning import Step, StepName
from controller.domain.locale import commissioning, decision
from controller.domain.locale.catalogue import Catalogues, Translator
from controller.domain.states import EndCause, MachinePhase, Refusal, WarningKind
from controller.kernel import translation as server
from controller.kernel.actor import Role
from controller.kernel.database import Database, wall_clock
from controller.live import Live
from controller.settings.reading import load
from controller.store.engine import open_database
from devices.agent.translation import FOLDERS
from devices.drivers.display.wording import message_for
from devices.drivers.speech.speech import spoken_text
from devices.ports import Flash, Look, Message
from tests.browser.board_rows import busy_board
from tests.domain.domain_builders import NOW, Scene, site
from tests.domain.locale.words import FULL
from tests.locale.marked import data_of, pages_of, unmarked
from tests.support.applications import an_application
from tests.support.extraction import areas
from tests.support.translation import MADE_UP, unsaid, with_made_up
from webui import i18n, language
from webui.context import WebContext


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    return with_made_up(areas(), tmp_path_factory.mktemp("catalogues"))


@pytest.fixture(scope="module")
def words(made_up: dict[Path, Path]) -> Translator:
    """As an agent has them."""
    here = Path.cwd()
    files = [file for area in FOLDERS for file in made_up[area.relative_to(here)].glob("*.mo")]
    return Catalogues((file.stem, file.read_bytes()) for file in files).of(MADE_UP)


def is_said(text: str) -> bool:
    """Whether all of it comes from the made-up catalogue."""
    return text.startswith("⟦") and unsaid(text) == ""


@pytest.mark.parametrize("reason", DenyReason)
def test_an_agent_tells_every_denial_in_it(reason: DenyReason, words: Translator) -> None:
    denied = Decision(granted=False, at=NOW, reason=reason, detail=FULL)
    text = decision.explain(denied, Scene().point, site(), words)
    lines = [line for line in text.lines if line != FULL.service_reason]
    assert all(map(is_said, (text.title, *lines)))


def test_an_agent_tells_everything_else_in_it(words: Translator) -> None:
    said = [
        *(decision.machine_word(phase, words) for phase in MachinePhase),
        *(decision.cause_word(cause, words) for cause in EndCause),
        *(str(decision.refusal_text(refusal, words)) for refusal in Refusal),
        *(decision.warning_text(kind, 90, words).title for kind in WarningKind),
        *(decision.notice_text(Notice(kind=kind, at=NOW), site(), words) for kind in NoticeKind),
        *(message_for(state, None, words).title for state in (*Look, *Flash)),
        *(commissioning.instruction(_step(name), words) for name in StepName),
    ]
    assert not [text for text in said if not all(map(is_said, text.splitlines()))]
    assert spoken_text(Message("", ("18:30",)), words) == "⟦18 30⟧."


def _step(name: StepName) -> Step:
    return Step(name=name, tested_wiring=(), events=("tapped",))


@dataclass(frozen=True, slots=True)
class Place:
    """The demo's place on a busy afternoon."""

    app: Flask
    secrets: Secrets
    database: Database

    def visitor(self, role: str | None = None) -> FlaskClient:
        """Somebody who reads the made-up language, signed in as this."""
        client = self.app.test_client()
        client.set_cookie("language", MADE_UP)
        account = next((known for known in self.secrets.accounts if known.role == role), None)
        if account is not None:
            page = client.get("/sign-in").get_data(as_text=True)
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            form = {"csrf_token": token, "login": account.email, "password": account.password}
            assert client.post("/sign-in", data=form).status_code == 303
        return client


@pytest.fixture(scope="module")
def place(made_up: dict[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(made_up, tmp_path_factory.mktemp("place")) as found:
        yield found


@pytest.fixture(scope="module")
def past(made_up: dict[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With all that happened there before."""
    with a_place(made_up, tmp_path_factory.mktemp("past"), past=True) as found:
        yield found


@contextmanager
def a_place(made_up: dict[Path, Path], folder: Path, *, past: bool = False) -> Iterator[Place]:
    layout = Layout.under(folder)
    layout.write(Ports(web=8000, broker=8883))
    settings, held = load(layout.config, {}), list[Any]()
    initialise(settings)
    secrets = seed(settings, folder / "secrets.json", held if past else None)
    if past:
        add_history(settings, held)
    here, house = Path.cwd(), copy(HOUSE)
    spoken = tuple(made_up[area.relative_to(here)] for area in HOUSE.locale)
    object.__setattr__(house, "locale", spoken)
    engine, live = open_database(settings.database.url), Live("embedded")
    database = Database(engine, live, house=house)
    with database.write() as db:
        busy_board(db, wall_clock())
    context = WebContext(
        settings=settings,
        database=database,
        live=live,
        secret="s" * 40,
        credential_keys={settings.site.id: credential_key(settings)},
        own_key=own_key(settings),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "DOMAIN", made_up[Path("controller/domain/locale")])
        patch.setattr(i18n, "HERE", made_up[Path("webui/i18n")])
        server.catalogues.cache_clear()
        app = an_application(context)
        app.extensions[language.FOLDERS] = tuple(
            made_up[area.relative_to(here)] if area.is_relative_to(here) else area
            for area in app.extensions[language.FOLDERS]
        )
        yield Place(app, secrets, database)
    live.close()
    engine.dispose()
    server.catalogues.cache_clear()


@pytest.mark.system
@pytest.mark.parametrize("role", [None, "manager"])
def test_pages_say_everything_in_it(place: Place, role: str | None) -> None:
    """What stands outside brackets is data."""
    assert unmarked_words(place, role, alike=1, at_most=12) == {}


@pytest.mark.long
@pytest.mark.parametrize("role", [None, *Role])
def test_all_pages_of_all_roles_say_everything_in_it(past: Place, role: str | None) -> None:
    assert unmarked_words(past, role, alike=2, at_most=10_000) == {}


def unmarked_words(place: Place, role: str | None, alike: int, at_most: int) -> dict[str, set[str]]:
    """By page."""
    data, found, read = data_of(place.database), dict[str, set[str]](), set[str]()
    start = ("/", "/nowhere", "/data", "/sign-in", "/trust", "/components")
    for address, page in islice(pages_of(place.app, place.visitor(role), start, alike), at_most):
        assert page.language == MADE_UP
        assert page.said > 5, address
        if wrong := unmarked(page.texts - read, data):
            found[address] = wrong
        read |= page.texts
    return found


@pytest.mark.system
def test_the_api_says_it_beside_french_and_english_and_takes_it(place: Place) -> None:
    bearer = {"Authorization": f"Bearer {place.secrets.admin_token}"}
    member = next(iter(place.secrets.members.values()))
    path = f"/api/v1/members/{member}"
    client = place.visitor()
    answer = client.get(f"{path}/access?access_point=laser-co2", headers=bearer).json
    assert answer is not None
    assert list(answer["text"]) == ["fr", "en", MADE_UP]
    assert all(map(is_said, answer["text"][MADE_UP].splitlines()))
    tag = {"If-Match": client.get(path, headers=bearer).headers["ETag"]}
    changed = client.patch(path, headers=bearer | tag, json={"language": MADE_UP})
    assert (changed.status_code, changed.json and changed.json["language"]) == (200, MADE_UP)
    schemas = client.get("/api/v1/openapi.json").json
    assert schemas is not None
    assert schemas["components"]["schemas"]["Language"]["enum"] == ["fr", "en", MADE_UP]
