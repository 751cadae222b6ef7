"""Two sites: the one in a page's address is that of all that the page reads and changes."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import certifications
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.shapes import NewCertification
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.store.engine import open_database
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.databases import a_copy
from tests.support.temporary import once
from tests.webui.conftest import NOW, PASSWORD, SITE, filled_database, make_app, sign_in, token_of
from tests.webui.features import GUARDED, address, away
from webui.feature import Page

THERE = "annexe"
BOSS = Actor.system("test")
ACCOUNTS = {
    "both": {SITE: {Role.MANAGER}, THERE: {Role.MANAGER}},
    "here": {SITE: {Role.MANAGER}},
    "there": {THERE: {Role.MANAGER}},
    "mixed": {SITE: {Role.OBSERVER}, THERE: {Role.DESK}},
    "nowhere": {},
}


@dataclass(frozen=True)
class Two:
    """Two sites, and somebody's browser."""

    database: Database
    client: FlaskClient
    ids: dict[str, str]
    """`ana` of here, `bob` of there, `cleo` of here and known there; their badges; an alarm."""

    def signed_in(self, who: str) -> FlaskClient:
        assert sign_in(self.client, who) == 303
        return self.client

    def post(self, path: str, **fields: str) -> int:
        """Send a form with the token of a page that this account sees."""
        data = {"csrf_token": token_of(self.client), **fields}
        return self.client.post(path, data=data).status_code


@pytest.fixture
def two(tmp_path: Path, clock: Clock) -> Iterator[Two]:
    made = once("two-sites", _make)
    ids = json.loads((made / "ids.json").read_text())
    with a_copy(f"sqlite:///{made / 'loquet.db'}", tmp_path) as url:
        engine = open_database(url)
        database = Database(engine, house=HOUSE)
        yield Two(database, make_app(database, clock, away).test_client(), ids)
        engine.dispose()


def _make(folder: Path) -> None:
    with filled_database(folder) as database:
        (folder / "ids.json").write_text(json.dumps(fill(database)))


def fill(database: Database) -> dict[str, str]:
    ids: dict[str, str] = {"alarm": uuid7()}
    with database.write() as db:
        sites.create(db, NewSite(id=THERE, name=Label(fr="L’Annexe")), actor=BOSS, now=NOW)
        for who, home, also in (("ana", SITE, ()), ("bob", THERE, ()), ("cleo", SITE, (THERE,))):
            new = NewMember(display_name=who.title(), site_id=home, also_at=also)
            ids[who] = members.create(db, new, actor=BOSS, now=NOW).id
        for number, who in enumerate(("ana", "bob", "cleo")):
            badge = NewCredential(member_id=ids[who], value=f"uid:0000000{number}")
            made = credentials.create(
                db, badge, vault=Vault(b"k" * 32, b"w" * 32), actor=BOSS, now=NOW
            )
            ids[f"badge of {who}"] = made.id
        for site in (SITE, THERE):
            plan = NewPlan(id=f"plan-{site}", site_id=site, name=Label(fr=f"Formule {site}"))
            plans.create(db, plan, actor=BOSS, now=NOW)
        taken = NewSubscription(member_id=ids["cleo"], plan_id=f"plan-{THERE}", valid_from=NOW)
        subscriptions.create(db, taken, actor=BOSS, now=NOW)
        laser = NewCertification(id="laser", site_id=SITE, name=Label(fr="Laser"))
        certifications.create(db, laser, actor=BOSS, now=NOW)
        for who, roles in ACCOUNTS.items():
            frozen = {site: frozenset(role) for site, role in roles.items()}
            login = f"{who}@example.org"
            accounts.create(db, login=login, password=PASSWORD, roles=frozen, actor=BOSS, now=NOW)
        accounts.create(
            db,
            login="bob@example.org",
            password=PASSWORD,
            member_id=ids["bob"],
            roles={SITE: frozenset({Role.MANAGER})},
            actor=BOSS,
            now=NOW,
        )
        alarm = Alarm(id=ids["alarm"], key="test", site_id=THERE, kind="quarantine", detail={})
        alarm.raised_at = NOW
        db.add(alarm)
    return ids


def links(text: str) -> set[str]:
    """Where the links and forms of a page lead, but static files and the pages of no site."""
    found = set(re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"]*)"', text))
    apart = ("/static/", "/icons.svg", "/sign-", "/language", "/theme", "/api/")
    return {item for item in found if not item.startswith(apart)}


def status(page: Page, roles: set[Role]) -> set[int]:
    """What the page answers at a site where the account has these roles."""
    assert page.permission is not None
    if not roles:
        return {404}
    if page.permission.roles.isdisjoint(roles):
        return {302} if page.instead else {403}
    if page.method == "POST":
        if page.endpoint == "needs.like":  # reads only: what is close to words
            return {200}
        return {303, 400, 404, 422}
    return {404} if "<" in page.rule else {200}


@pytest.mark.parametrize("who", ACCOUNTS)
def test_every_page_at_every_site(two: Two, who: str) -> None:
    client = two.signed_in(who)
    token = token_of(client)
    nowhere = ["no-such-site"] if who in ("both", "nowhere") else []
    for page in GUARDED:
        data = {"csrf_token": token} if page.method == "POST" else None
        for site in (SITE, THERE, *nowhere):
            path = f"/s/{site}{address(page)}"
            answer = client.open(path, method=page.method, data=data)
            wanted = status(page, ACCOUNTS[who].get(site, set()))
            assert answer.status_code in wanted, (page.method, path)


def test_who_sees_several_sites_has_the_site_in_every_address(two: Two) -> None:
    client = two.signed_in("both")
    first = client.get("/")
    assert first.headers["Location"] == "/s/la-fabrique/"
    asked = client.get("/members?q=a&after=1")
    assert asked.headers["Location"] == "/s/la-fabrique/members?q=a&after=1"
    for site in (SITE, THERE):
        for path in ("/", "/members", f"/members/{two.ids['cleo']}"):
            text = client.get(f"/s/{site}{path}").get_data(as_text=True)
            switch = links(text[text.index('id="sites"') : text.index('class="nav"')])
            assert len(switch) == 2
            others = links(text) - switch - {"/accessibility", "/source"}
            assert others
            assert all(name.startswith(f"/s/{site}/") for name in others), others


def test_an_address_is_asked_about_only_if_its_member_may_be_seen(two: Two) -> None:
    with two.database.write() as db:
        for who in ("bob", "cleo"):
            patch = {"email": f"{who}@example.org"}
            members.change(db, two.ids[who], patch, version=None, actor=BOSS, now=NOW)
    two.signed_in("here")
    assert two.post("/members", name="Nova", reach="bob@example.org") == 303, "bob is of there"
    assert two.post("/members", name="Nino", reach="cleo@example.org") == 422


def test_who_sees_one_site_has_none(two: Two) -> None:
    client = two.signed_in("there")
    for path in ("/", "/members", f"/s/{THERE}/members", f"/members/{two.ids['cleo']}"):
        answer = client.get(path)
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert not any(link.startswith("/s/") for link in links(text))
        assert 'id="sites"' not in text
        assert "L’Annexe</title>" in text


def test_the_switch_leads_to_the_same_page_where_it_opens(two: Two) -> None:
    client = two.signed_in("both")
    text = client.get(f"/s/{SITE}/members/{two.ids['ana']}").get_data(as_text=True)
    assert f'href="/s/{THERE}/members"' in text
    assert re.search(rf'href="/s/{SITE}/members" aria-current="true"', text)
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    client = two.signed_in("mixed")
    text = client.get(f"/s/{THERE}/members").get_data(as_text=True)
    assert f'href="/s/{SITE}/"' in text, "an observer there has no members"


def test_one_lands_where_there_is_something_to_see(two: Two) -> None:
    client = two.signed_in("mixed")
    assert client.get("/").headers["Location"] == f"/s/{THERE}/"
    first = client.get(f"/s/{SITE}/").headers["Location"]  # Live is not theirs here
    assert first.startswith(f"/s/{SITE}/")
    assert client.get(first).status_code == 200


def test_after_signing_in_one_is_where_one_wanted_to_be(two: Two) -> None:
    wanted = f"/s/{THERE}/members?q=b"
    to = two.client.get(wanted).headers["Location"]
    assert to == f"/sign-in?next=/s/{THERE}/members?q%3Db"
    data = {
        "csrf_token": token_of(two.client),
        "login": "both@example.org",
        "password": PASSWORD,
        "next": wanted,
    }
    assert two.client.post("/sign-in", data=data).headers["Location"] == wanted
    data["next"] = f"/s/{THERE}/"
    data["csrf_token"] = token_of(two.client)
    assert two.client.post("/language", data=data).headers["Location"] == f"/s/{THERE}/"


def test_an_error_keeps_the_site(two: Two) -> None:
    client = two.signed_in("both")
    text = client.get(f"/s/{THERE}/no-such-page").get_data(as_text=True)
    assert f'<a href="/s/{THERE}/members"' in text
    text = client.get("/no-such-page").get_data(as_text=True)
    assert "Choisir un lieu" in text
    assert f'href="/s/{THERE}/"' in text


def test_a_form_without_a_site_is_not_guessed_about(two: Two) -> None:
    two.signed_in("both")
    assert two.post(f"/alarms/{two.ids['alarm']}/take") == 400
    assert two.post(f"/s/{THERE}/alarms/{two.ids['alarm']}/take") == 303


def test_a_page_lists_whom_its_site_knows(two: Two) -> None:
    client = two.signed_in("both")
    for site, shown in ((SITE, {"Ana", "Cleo"}), (THERE, {"Bob", "Cleo"})):
        text = client.get(f"/s/{site}/members").get_data(as_text=True)
        assert {name for name in ("Ana", "Bob", "Cleo") if name in text} == shown
        for who in ("ana", "bob", "cleo"):
            found = client.get(f"/s/{site}/members/{two.ids[who]}").status_code
            assert found == (200 if who.title() in shown else 404)


def test_each_site_shows_its_own_subscriptions(two: Two) -> None:
    client = two.signed_in("both")
    for path in ("/members", f"/members/{two.ids['cleo']}"):
        there = client.get(f"/s/{THERE}{path}").get_data(as_text=True)
        here = client.get(f"/s/{SITE}{path}").get_data(as_text=True)
        assert "Formule annexe" in there
        assert "Formule annexe" not in here
        assert "plan-annexe" not in here


def test_a_form_about_something_of_another_site_is_not_found(two: Two) -> None:
    two.signed_in("both")
    ids, here, there = two.ids, f"/s/{SITE}", f"/s/{THERE}"
    give = {"certification": "laser", "level": "user"}
    assert two.post(f"{here}/alarms/{ids['alarm']}/take") == 404
    assert two.post(f"{here}/members/{ids['bob']}/certify", **give) == 404
    assert two.post(f"{there}/members/{ids['ana']}/certify", **give) == 404
    assert two.post(f"{here}/members/{ids['bob']}/badges", value="uid:11111111") == 404
    assert two.post(f"{here}/members/{ids['bob']}/badges/{ids['badge of bob']}/lost") == 404
    assert two.post(f"{here}/members/{ids['ana']}/badges/{ids['badge of bob']}/lost") == 404
    assert two.post(f"{here}/members/{ids['ana']}/badges/{ids['badge of cleo']}/lost") == 404
    with two.database.read() as db:
        alarm = db.get_one(Alarm, ids["alarm"])
        assert alarm.taken_by is None
        assert {credential.status.value for credential in db.query(CredentialRow)} == {"active"}
        assert db.query(CredentialRow).count() == 3
        assert db.query(HeldRow).count() == 0


def test_ones_own_page_is_no_exception(two: Two) -> None:
    """Bob, who is known there, is in charge here: a page here does not know him."""
    client = two.signed_in("bob")
    assert client.get(f"/members/{two.ids['bob']}").status_code == 404
    path = f"/members/{two.ids['bob']}/badges/{two.ids['badge of bob']}/lost"
    assert two.post(path) == 404


def test_a_guest_keeps_the_badges_that_the_home_site_gave(two: Two) -> None:
    client = two.signed_in("both")
    text = client.get(f"/s/{THERE}/members/{two.ids['cleo']}").get_data(as_text=True)
    assert "Bloquer sans remplacer" in text
    assert "/suspend" not in text
    assert "vient d’un autre lieu" in text
    badge = f"members/{two.ids['cleo']}/badges/{two.ids['badge of cleo']}"
    assert two.post(f"/s/{THERE}/{badge}/lost") == 303
    assert two.post(f"/s/{SITE}/{badge}/restore") == 303


def test_the_home_site_makes_a_member_known_elsewhere(two: Two) -> None:
    client = two.signed_in("here")
    edit = f"/members/{two.ids['ana']}/edit"
    text = html.unescape(client.get(edit).get_data(as_text=True))
    assert re.findall(r'name="also_at" value="([^"]*)"[^>]*>([^<]*)<', text) == [
        (THERE, "L’Annexe")
    ]
    person = f"/s/{THERE}/members/{two.ids['ana']}"
    told: list[str] = []
    for version, chosen in (("1", THERE), ("2", "")):
        ticked = {"also_at": chosen} if chosen else {}
        assert two.post(edit, name="Ana", language="fr", version=version, **ticked) == 303
        told.append(client.get("/members").get_data(as_text=True))
        with two.database.read() as db:
            known = members.get(db, two.ids["ana"], actor=BOSS).also_at
        assert known == ((THERE,) if chosen else ())
    assert ["/put-back" in text for text in told] == [True, False], "bookings don’t come back"
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    two.signed_in("there")
    assert two.post(f"{person}/edit", name="Ana", language="fr", also_at=THERE) == 404


@pytest.mark.parametrize("page", ["edit", "leave"])
def test_only_the_home_site_changes_a_record_and_the_others_say_so(two: Two, page: str) -> None:
    client = two.signed_in("there")
    record = f"/members/{two.ids['cleo']}"
    data = {"csrf_token": token_of(client), "name": "Cleo", "language": "fr"}
    for answer in (
        client.get(f"{record}/{page}", follow_redirects=True),
        client.post(f"{record}/{page}", data=data, follow_redirects=True),
    ):
        assert answer.request.path.endswith(record)
        assert "vient d’un autre lieu : lui seul peut modifier sa fiche" in html.unescape(
            answer.get_data(as_text=True).replace("\u00a0", " ")
        )


def test_a_desk_says_who_can_make_a_person_known_there(two: Two) -> None:
    """In the same words for a badge of another site and one of nobody."""
    client = two.signed_in("there")

    def told(typed: str) -> str:
        data = {"csrf_token": token_of(client), "q": typed}
        answer = client.post("/desk/find", data=data, follow_redirects=True)
        text = html.unescape(answer.get_data(as_text=True))
        assert "Autres lieux qui connaissent cette personne" in text
        return text.replace(typed, "")

    elsewhere, nowhere = told("00000000"), told("99999999")
    assert "Ce badge n’appartient à personne ici" in elsewhere
    title = re.compile(r'<section class="sheet" aria-labelledby="unknown-title">.*?</p>', re.S)
    assert title.findall(elsewhere) == title.findall(nowhere) != []
    assert "Personne ne porte ce nom" in told("Ana")


@pytest.mark.parametrize(
    ("who", "query", "wanted"),
    [
        ("both", "", 200),
        ("both", f"?site={THERE}", 200),
        ("both", f"?site={SITE}&site={THERE}", 200),
        ("both", "?site=no-such-site", 404),
        ("here", "", 200),
        ("here", f"?site={THERE}", 404),
        ("here", f"?site={SITE}&site={THERE}", 404),
        ("mixed", f"?site={SITE}", 403),
        ("mixed", "", 200),
        ("nowhere", "", 403),
    ],
)
def test_the_stream_is_of_the_sites_that_are_asked_for(
    two: Two, who: str, query: str, wanted: int
) -> None:
    client = two.signed_in(who)
    answer = client.get(f"/live{query}", buffered=False)
    assert answer.status_code == wanted
    answer.close()


def test_the_page_follows_its_own_site(two: Two) -> None:
    client = two.signed_in("both")
    text = client.get(f"/s/{THERE}/").get_data(as_text=True)
    assert f'data-stream="/live?site={THERE}"' in text


def test_the_actor_of_a_page_has_the_roles_of_its_site_only(two: Two) -> None:
    from webui.guard import actor

    client = two.signed_in("both")
    with client:
        client.get(f"/s/{THERE}/")
        assert set(actor().roles) == {THERE}
        assert actor().sites(Permission.MEMBERS_READ) == frozenset({THERE})
