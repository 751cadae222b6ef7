"""Supervision from Live: opened until a time, seen by all, ended by her or the desk, undone."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.groups import windows
from controller.capabilities.groups.shapes import NewWindow, Window
from controller.capabilities.members import members
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewZone
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.settings import SiteSettings
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.live.live_actions import press
from tests.webui.members.people import add_member, undo

SYSTEM = Actor.system("test")
OPEN, HERS = "/zones/atelier/supervise", "J’encadre Atelier jusqu’à"


@pytest.fixture
def karim(client: FlaskClient, database: Database) -> str:
    """A trainer who supervises one room of two, signed in; his member's id."""
    with database.write() as db:
        for key, name in (("atelier", "Atelier"), ("bois", "Bois")):
            zone = NewZone(
                id=key, site_id=SITE, name=Label(fr=name, en="Workshop"), window_max_min=180
            )
            zones.create(db, zone, actor=SYSTEM, now=NOW)
    member = add_member(database, "Karim Benali", supervises=("atelier",))
    is_of(database, "trainer", member)
    sign_in(client, "trainer")
    return member


def is_of(database: Database, role: str, member: str) -> None:
    """That role's account is this person's."""
    with database.write() as db:
        db.query(AccountRow).filter_by(login=f"{role}@example.org").one().member_id = member


def running(database: Database) -> list[Window]:
    with database.read() as db:
        return list(windows.page(db, actor=SYSTEM, now=NOW).items)


def seen(client: FlaskClient) -> str:
    """Live's words."""
    text = html.unescape(client.get("/").get_data(as_text=True))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<main") :]))


def send(client: FlaskClient, path: str, **fields: str) -> None:
    """Press a button, and look at nothing yet: the next page has the undo."""
    assert client.post(path, data={"csrf_token": token_of(client), **fields}).status_code == 303


def minutes(window: Window) -> float:
    return (window.until - NOW) / timedelta(minutes=1)


def test_she_says_until_when_and_that_is_undone(
    karim: str, client: FlaskClient, database: Database
) -> None:
    words = seen(client)
    assert HERS in words
    assert "J’encadre Bois" not in words
    press(client, OPEN, until="+60")
    (mine,) = running(database)
    assert (mine.member_id, mine.zone_id, minutes(mine)) == (karim, "atelier", 60)
    words = seen(client)
    assert "Karim Benali encadre Atelier jusqu’à 15:00" in words
    assert "Karim Benali Atelier · jusqu’à 15:00 Terminer" in words
    assert HERS not in words
    send(client, f"/windows/{mine.id}/close")
    assert running(database) == []
    assert undo(client, "/") == "Atelier\u00a0: encadrement terminé."
    (again,) = running(database)
    assert minutes(again) == 60
    assert undo(client, "/") == "Vous encadrez Atelier jusqu’à 15:00."
    assert running(database) == []
    with database.read() as db:
        acts = [entry.action for entry in db.query(AuditEntry).order_by(AuditEntry.seq)]
    assert [act for act in acts if act.startswith("window")] == [
        "window_opened",
        "window_closed",
        "window_opened",
        "window_closed",
    ]


def test_a_time_of_day_will_do_and_the_longest_that_is_allowed_is_said(
    karim: str, client: FlaskClient, database: Database
) -> None:
    text = press(client, OPEN, until="16:30")
    assert "Vous encadrez Atelier jusqu’à 16:30." in html.unescape(text)
    assert "la durée maximale" not in html.unescape(text)
    (mine,) = running(database)
    text = html.unescape(press(client, OPEN, until="17:00"))
    assert "un encadrement est déjà ouvert" in text
    press(client, f"/windows/{mine.id}/close")
    text = html.unescape(press(client, OPEN, until="23:00"))
    assert "jusqu’à 17:00. C’est la durée maximale ici." in text
    (mine,) = running(database)
    assert minutes(mine) == 180
    press(client, f"/windows/{mine.id}/close")
    assert "saisissez une heure" in html.unescape(press(client, OPEN, until="soon"))
    assert running(database) == []


def test_nobody_supervises_where_she_may_not_or_what_is_not_there(
    karim: str, client: FlaskClient, database: Database
) -> None:
    assert "se choisit sur la fiche" in html.unescape(press(client, "/zones/bois/supervise"))
    assert running(database) == []
    token = {"csrf_token": token_of(client)}
    for below in ("zones/nowhere/supervise", "windows/0193f0e2-0000-7000-8000-000000000000/close"):
        assert client.post(f"/{below}", data=token).status_code == 404


def test_another_trainer_neither_opens_for_her_nor_ends_hers(
    karim: str, client: FlaskClient, database: Database
) -> None:
    press(client, OPEN, until="+60")
    (mine,) = running(database)
    is_of(database, "trainer", add_member(database, "Nadia Haddad"))
    words = seen(client)
    assert "Karim Benali encadre Atelier" in words
    assert "Terminer" not in words
    assert "J’encadre" not in words
    press(client, f"/windows/{mine.id}/close")
    assert len(running(database)) == 1
    with database.write() as db:
        windows.close(db, mine.id, actor=SYSTEM, now=NOW)
    press(client, OPEN, until="+60", member=karim)
    assert running(database) == []


@pytest.mark.parametrize("role", ["desk", "manager", "admin"])
def test_the_desk_and_managers_end_it_and_open_it_again(
    karim: str, client: FlaskClient, database: Database, role: str
) -> None:
    press(client, OPEN, until="+60")
    (mine,) = running(database)
    sign_in(client, role)
    assert "Terminer : Karim Benali" in seen(client)
    assert "J’encadre" not in seen(client)
    send(client, f"/windows/{mine.id}/close")
    assert running(database) == []
    assert undo(client, "/") == "Atelier\u00a0: encadrement terminé."
    (again,) = running(database)
    assert again.member_id == karim
    assert "Karim Benali encadre Atelier jusqu’à 15:00." in seen(client)


@pytest.mark.parametrize("role", ["dpo", "treasurer"])
def test_who_only_reads_opens_and_ends_nothing(
    karim: str, client: FlaskClient, database: Database, role: str
) -> None:
    press(client, OPEN, until="+60")
    (mine,) = running(database)
    sign_in(client, role)
    token = {"csrf_token": token_of(client)}
    for below in ("zones/atelier/supervise", f"windows/{mine.id}/close"):
        assert client.post(f"/{below}", data=token).status_code == 403
    assert len(running(database)) == 1


def test_one_of_another_site_is_not_found(
    karim: str, client: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        sites.ensure_site(db, SiteSettings(id="annexe", name="Annexe"), NOW)
        zone = NewZone(id="halle", site_id="annexe", name=Label(fr="Halle"))
        zones.create(db, zone, actor=SYSTEM, now=NOW)
    vera = add_member(database, "Vera", site_id="annexe", also_at=(SITE,), supervises=("halle",))
    with database.write() as db:
        new = NewWindow(zone_id="halle", member_id=vera)
        there = windows.open_window(db, new, actor=SYSTEM, now=NOW)
    is_of(database, "trainer", vera)
    assert "Halle" not in seen(client)
    token = {"csrf_token": token_of(client)}
    for below in ("zones/halle/supervise", f"windows/{there.id}/close"):
        assert client.post(f"/{below}", data=token).status_code == 404
    assert [window.id for window in running(database)] == [there.id]


def test_who_is_suspended_is_offered_nothing(
    karim: str, client: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        members.suspend(db, karim, "à revoir", actor=SYSTEM, now=NOW)
    assert "J’encadre" not in seen(client)
    press(client, OPEN, until="+60")
    assert running(database) == []


def test_the_part_that_many_share_offers_a_room_only_to_its_supervisor(
    karim: str, client: FlaskClient, database: Database, clock: Clock
) -> None:
    def part() -> str:
        answer = client.get("/", headers={"HX-Request": "true"})
        return html.unescape(answer.get_data(as_text=True))

    assert HERS in part()
    is_of(database, "trainer", add_member(database, "Nadia Haddad"))
    assert HERS not in part()
    clock.forward(seconds=2)
    assert HERS not in part()


def test_it_is_said_in_english(karim: str, client: FlaskClient, database: Database) -> None:
    client.set_cookie("language", "en")
    assert "I supervise Workshop until…" in seen(client)
    text = html.unescape(press(client, OPEN, until="+120"))
    assert "You supervise Workshop until" in text
    assert re.search(r"Karim Benali Workshop · until \S+ End", seen(client))


def test_the_desk_begins_and_ends_it_for_who_stands_there(
    karim: str, client: FlaskClient, database: Database
) -> None:
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "desk")
    page = f"/desk?person={karim}"
    text = html.unescape(client.get(page).get_data(as_text=True))
    assert "Encadre Atelier jusqu’à…" in text
    assert "Encadre Bois" not in text
    form = {"csrf_token": token_of(client), "member": karim, "person": karim, "back": "desk"}
    answer = client.post(OPEN, data={**form, "until": "+60"})
    assert (answer.status_code, answer.location) == (303, page)
    (hers,) = running(database)
    assert (hers.member_id, minutes(hers)) == (karim, 60)
    text = html.unescape(client.get(page).get_data(as_text=True))
    assert "Encadre Atelier jusqu’à" in text
    assert f'action="/windows/{hers.id}/close"' in text
    assert client.post(f"/windows/{hers.id}/close", data=form).location == page
    assert running(database) == []
    assert undo(client, page) == "Atelier\u00a0: encadrement terminé."
    assert len(running(database)) == 1
    plain = add_member(database, "Zoé Ordinaire")
    assert "Encadre" not in client.get(f"/desk?person={plain}").get_data(as_text=True)


def test_who_has_a_members_account_only_reads_and_does_it_on_her_own_page(
    karim: str, client: FlaskClient, database: Database
) -> None:
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    is_of(database, "trainer", add_member(database, "Nadia Haddad"))
    is_of(database, "member", karim)
    sign_in(client, "member")
    assert client.get("/").status_code != 200, "Live is not hers to see"
    mine = html.unescape(client.get("/mine").get_data(as_text=True))
    assert "J’encadre Atelier jusqu’à…" in mine
    assert "Cette page indique jusqu’à quand vous encadrez" in mine
    form = {"csrf_token": token_of(client), "back": "mine", "until": "+60"}
    assert client.post(OPEN, data=form).location == "/mine"
    (hers,) = running(database)
    mine = html.unescape(client.get("/mine").get_data(as_text=True))
    assert re.search(r"Vous encadrez Atelier jusqu’à <b><time [^>]*>15:00</time></b>", mine)
    assert client.post(f"/windows/{hers.id}/close", data=form).location == "/mine"
    assert running(database) == []
