"""One more place: made from the page or over the API, with all that its first box needs."""

import html
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.agents.pki import Authority
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges.models import SiteKeyRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.places import sites
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.places.shapes import NewSite
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.live import Live
from controller.settings import MailSettings, Settings, SiteSettings
from controller.wire.ids import uuid7
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in, token_of
from webui.context import WebContext
from webui.features import FEATURES

SYSTEM = Actor.system("test")
FORM = {
    "name": "L’Annexe du Port",
    "language": "fr",
    "time_zone": "Europe/Paris",
    "rooms": "Accueil\n  Atelier  bois \n\nAccueil\n",
    "start-0": "09:00",
    "end-0": "18:00",
}
THERE = "lannexe-du-port"


@pytest.fixture
def kept(database: Database, clock: Clock) -> Database:
    """The database as the web has it: with the keys."""
    vault = Vault(b"k" * 32, b"w" * 32)
    return Database(database.engine, clock=clock, house=HOUSE, vault=vault)


@pytest.fixture
def client(kept: Database, clock: Clock) -> FlaskClient:
    return make_app(kept, clock).test_client()


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    answer = client.post(address, data={"csrf_token": token_of(client), **fields})
    said = answer.headers.get("Location") or answer.get_data(as_text=True)
    return answer.status_code, html.unescape(said)


def shown(client: FlaskClient, address: str) -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def test_a_place_is_made_with_rooms_hours_and_who_runs_it(
    client: FlaskClient, kept: Database
) -> None:
    sign_in(client, "admin")
    assert "Ajouter un lieu" in shown(client, "/places")
    assert 'name="start-0"' in shown(client, "/places/new")
    status, to = send(client, "/places", **FORM, manager="desk@example.org")
    assert (status, to) == (303, f"/s/{THERE}/setup")
    with kept.read() as db:
        row = db.get_one(SiteRow, THERE)
        rooms = db.scalars(select(ZoneRow.name).where(ZoneRow.site_id == THERE)).all()
        week = db.get_one(ScheduleRow, row.opening or "")
        key = db.scalars(select(SiteKeyRow).where(SiteKeyRow.site_id == THERE)).one()
        roles = select(AccountRow.login, AccountRole.role).join(AccountRow)
        rows = db.execute(roles.where(AccountRole.site_id == THERE))
        given = {(login, role) for login, role in rows}
    assert [room["fr"] for room in rooms] == ["Accueil", "Atelier bois"]
    assert week.site_id == THERE
    assert [window["weekday"] for window in week.data["weekly"]] == [0]
    assert key.sealed is not None, "its boxes have a key that no other site's boxes have"
    assert given == {("admin@example.org", Role.ADMIN), ("desk@example.org", Role.MANAGER)}
    text = shown(client, to)
    assert "L’Annexe du Port est créé" in text
    assert "Nom du lieu" not in text, "its set-up goes on where something is still open"
    listed = shown(client, f"/s/{SITE}/places")
    assert ">Espaces</span>2</td>" in listed
    assert ">Présents</span>" not in listed, "nothing counts who is in before the first box"


def test_a_place_says_whether_it_is_open_who_is_in_and_its_alarms(
    client: FlaskClient, kept: Database
) -> None:
    sign_in(client, "admin")
    with kept.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        here = {"site_id": SITE, "agent_id": "pi", "kind": "reader_unplugged", "detail": {}}
        db.add(Alarm(id=uuid7(), key="k", raised_at=NOW, **here))
    listed = shown(client, "/places")
    assert ">Présents</span>0<" in listed
    assert '<td class="opening">Ouvert jour et nuit</td>' in listed
    assert 'class="row alert" href="/s/la-fabrique/">1<' in listed
    assert listed.count("Vous êtes ici") == 1


def test_who_has_no_account_is_given_a_code_once(client: FlaskClient, kept: Database) -> None:
    sign_in(client, "admin")
    status, text = send(client, "/places", **FORM, manager="lea@example.org")
    assert status == 200
    code = "-".join(
        re.findall(r"<span>(\w+)</span>", text.split('"given-code"')[1].split("</p>")[0])
    )
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    token = token_of(client, "/recover")
    new = {"csrf_token": token, "login": "lea@example.org", "code": code, "password": PASSWORD}
    assert client.post("/recover", data=new).status_code == 303
    with kept.read() as db:
        lea = db.scalars(select(AccountRow).where(AccountRow.login == "lea@example.org")).one()
        assert lea.password_hash is not None


def test_with_mail_the_invitation_is_written(kept: Database, clock: Clock) -> None:
    server = MailSettings(host="mail.example.org", sender="loquet@example.org")
    client = make_app(kept, clock, mail=server).test_client()
    sign_in(client, "admin")
    status, to = send(client, "/places", **FORM, manager="lea@example.org")
    assert (status, to) == (303, f"/s/{THERE}/setup")
    with kept.read() as db:
        letter = db.scalars(select(MessageRow).where(MessageRow.what == "invitation")).one()
        assert letter.site_id == THERE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Saisissez un nom, sur une seule ligne."),
        ({"time_zone": "Mars"}, "Choisissez un fuseau horaire de la liste"),
        ({"end-0": "08:00"}, "la fin après le début"),
        ({"rooms": "x" * 300}, "Saisissez un nom par ligne"),
        ({"manager": "deux mots"}, "sans espace"),
        ({"manager": "closed@example.org"}, "Le compte ne doit pas être fermé"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: FlaskClient, kept: Database, wrong: dict[str, str], said: str
) -> None:
    with kept.write() as db:
        login, roles = "closed@example.org", {SITE: frozenset({Role.DESK})}
        key = accounts.create(
            db, login=login, password=PASSWORD, roles=roles, actor=SYSTEM, now=NOW
        )
        db.get_one(AccountRow, key).disabled_at = NOW
    sign_in(client, "admin")
    status, text = send(client, "/places", **(FORM | wrong))
    assert status == 422
    assert said in text.replace("\u202f", " ")
    assert 'value="L’Annexe du Port"' in text or "name" in wrong
    with kept.read() as db:
        assert list(db.scalars(select(SiteRow.id))) == [SITE]


def test_the_admin_of_one_site_of_two_is_told_why_not(client: FlaskClient, kept: Database) -> None:
    with kept.write() as db:
        sites.create(db, NewSite(id="port", name=Label(fr="Le Port")), actor=SYSTEM, now=NOW)
    sign_in(client, "admin")
    assert "il faut être administrateur de tous les lieux du réseau" in shown(client, "/places")
    assert client.get("/places/new").status_code == 403
    assert send(client, "/places", **FORM)[0] == 403


@dataclass(frozen=True)
class Api:
    """A program with a token."""

    client: FlaskClient
    token: str

    def __call__(self, method: str, path: str, **body: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": '"1"'}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        found: dict[str, object] = answer.get_json()
        return found


def test_a_program_makes_a_place_up_to_the_line_of_its_first_box(
    kept: Database, clock: Clock
) -> None:
    settings = Settings(site=SiteSettings(id=SITE, name="La Fabrique"))
    given = WebContext(
        settings=settings,
        database=kept,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={SITE: b"k" * 32},
        own_key=b"w" * 32,
        authority=Authority.create("Loquet", NOW),
        clock=clock,
    )
    scopes = (
        *(Permission.RULES_READ, Permission.RULES_WRITE),
        *(Permission.ACCOUNTS_WRITE, Permission.AGENTS_WRITE),
    )
    with kept.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        ends = Utc.of(NOW + timedelta(days=1))
        token = tokens.add(db, admin, "x", scopes, NOW, SYSTEM, expires_at=ends)[1]
    api = Api(an_application(given, FEATURES).test_client(), token)
    api("POST", "/sites", id="port", name={"fr": "Le Port"})
    api("POST", "/zones", id="quai", site_id="port", name={"fr": "Quai"})
    monday = {"weekday": 0, "start": "09:00", "end": "18:00"}
    api("POST", "/schedules", id="port", site_id="port", name={"fr": "Heures"}, weekly=[monday])
    assert api("PATCH", "/sites/port", opening="port")["opening"] == "port"
    api("POST", "/accounts", login="lea@example.org", roles={"port": ["manager"]})
    made = api("POST", "/agents", id="quai-pi", site_id="port", name={"fr": "Quai"})
    assert made["site_id"] == "port"
    assert made["claim_code"]
    given.live.close()
