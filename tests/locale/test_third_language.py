"""A third language is one file an area: agents, pages and the API then say everything in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import credential_key, own_key
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.seed import Secrets, seed
from controller.cli.init import initialise
from controller.domain.access.decision import Decision, DenyReason, Notice, NoticeKind
from controller.domain.commissioning import Step, StepName
from controller.domain.locale import commissioning, decision
from controller.domain.locale.catalogue import Catalogues, Translator
from controller.domain.states import EndCause, MachinePhase, Refusal, WarningKind
from controller.kernel import translation as server
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
        *(commissioning.to_do(_step(name), words) for name in StepName),
    ]
    assert not [text for text in said if not all(map(is_said, text.splitlines()))]
    assert spoken_text(Message("", ("18:30",)), words) == "⟦18 30⟧."


def _step(name: StepName) -> Step:
    return Step(name=name, proves=(), events=("tapped",))


@dataclass(frozen=True, slots=True)
class Place:
    """The demo's place on a busy afternoon."""

    client: FlaskClient
    secrets: Secrets
    database: Database

    def read(self, path: str) -> "Shown":
        """A page in the made-up language."""
        answer = self.client.get(path)
        assert answer.status_code in (200, 404), path
        return Shown(answer.get_data(as_text=True))


class Shown(HTMLParser):
    """All that a page lets people read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.texts: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "html":
            self.language = known["lang"]
        for name in ("title", "aria-label", "placeholder", "alt"):
            self.texts.add((known.get(name) or "").strip())

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


@pytest.fixture
def place(
    made_up: dict[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    here = Path.cwd()
    monkeypatch.setattr(server, "DOMAIN", made_up[server.DOMAIN.relative_to(here)])
    monkeypatch.setattr(i18n, "HERE", made_up[i18n.HERE.relative_to(here)])
    server.catalogues.cache_clear()
    layout = Layout.under(tmp_path)
    layout.write(Ports(web=8000, broker=8883))
    settings = load(layout.config, {})
    initialise(settings)
    secrets = seed(settings, tmp_path / "secrets.json")
    engine, live = open_database(settings.database.url), Live("embedded")
    database = Database(engine, live, house=HOUSE)
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
    app = an_application(context)
    folders = app.extensions[language.FOLDERS]
    app.extensions[language.FOLDERS] = tuple(made_up[area.relative_to(here)] for area in folders)
    client = app.test_client()
    client.set_cookie("language", MADE_UP)
    yield Place(client, secrets, database)
    live.close()
    engine.dispose()
    server.catalogues.cache_clear()


def untranslated() -> set[str]:
    """Every whole text of the pages and of the domain, in French and in English."""
    found = set()
    for area in (i18n.HERE, server.DOMAIN):
        for code in ("fr", "en"):
            for entry in polib.mofile(str(area / f"{code}.mo")):
                found |= {entry.msgstr, *entry.msgstr_plural.values()}
    return {text for text in found if sum(map(str.isalpha, text)) > 3 and "%(" not in text}


@pytest.mark.system
def test_pages_and_api_say_everything_in_it(place: Place) -> None:
    client, admin = place.client, place.secrets.accounts[0]
    before = place.read("/sign-in")
    token = client.get("/sign-in").get_data(as_text=True).split('name="csrf_token" value="')[1]
    form = {"csrf_token": token.split('"')[0], "login": admin.email, "password": admin.password}
    assert client.post("/sign-in", data=form).status_code == 303
    member = next(iter(place.secrets.members.values()))
    pages = [before, *map(place.read, ("/", "/members?q=a", f"/members/{member}", "/nowhere"))]
    foreign = untranslated() - {"Workshop"}  # a room of the demo is called so
    for page in pages:
        assert page.language == MADE_UP
        assert sorted(page.texts & foreign) == []
        assert any(map(is_said, page.texts))


@pytest.mark.system
def test_the_api_says_it_beside_french_and_english_and_takes_it(place: Place) -> None:
    bearer = {"Authorization": f"Bearer {place.secrets.admin_token}"}
    member = next(iter(place.secrets.members.values()))
    path = f"/api/v1/members/{member}"
    answer = place.client.get(f"{path}/access?access_point=laser-co2", headers=bearer).json
    assert answer is not None
    assert list(answer["text"]) == ["fr", "en", MADE_UP]
    assert all(map(is_said, answer["text"][MADE_UP].splitlines()))
    tag = {"If-Match": place.client.get(path, headers=bearer).headers["ETag"]}
    changed = place.client.patch(path, headers=bearer | tag, json={"language": MADE_UP})
    assert (changed.status_code, changed.json and changed.json["language"]) == (200, MADE_UP)
    schemas = place.client.get("/api/v1/openapi.json").json
    assert schemas is not None
    assert schemas["components"]["schemas"]["Language"]["enum"] == ["fr", "en", MADE_UP]
