"""What happened since Friday: read, ticked off, seen by the next manager, taken back."""

import html
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.models import MaintenanceDone
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.settings import MailSettings
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.members.people import undo
from webui.activity.views import InvalidPeriod, period_start
from webui.features import FEATURES

PAGE = "/since"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def app(place: Place, database: Database, clock: Clock) -> Flask:
    """A door was forced an hour ago."""
    raise_alarm(database, "door_forced", 1)
    return make_app(database, clock)


def raise_alarm(database: Database, kind: str, hours: int) -> None:
    """So many hours ago."""
    at = Utc.of(NOW - timedelta(hours=hours))
    where = {"site_id": SITE, "access_point": LASER}
    with database.write() as db:
        set_alarm(db, key=kind, kind=kind, detail={}, is_on=True, now=at, **where)


def shown(client: FlaskClient, address: str = PAGE) -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def sent(client: FlaskClient, address: str, **fields: Any) -> str:
    """Where it leads."""
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    assert answer.status_code == 303
    assert answer.location.startswith(PAGE)
    return str(answer.location)


def send(client: FlaskClient, address: str, **fields: Any) -> str:
    """What is shown then."""
    return shown(client, sent(client, address, **fields))


def key_of(text: str, title: str) -> str:
    row = text[text.index(title) :]
    return re.search(r'name="key" value="(\w{64})"', row)[1]  # type: ignore[index]


def test_a_tick_is_seen_by_the_others_and_taken_back(app: Flask) -> None:
    one, two = app.test_client(), app.test_client()
    sign_in(one, "manager")
    sign_in(two, "admin")
    text = shown(one)
    assert "<h1>Depuis vendredi</h1>" in text
    key = key_of(text, "Porte forcée")
    sent(one, "/since/tick", key=key, since="friday")
    assert "Vu par manager@example.org" in shown(two)
    assert undo(one, PAGE) == "Marqué comme vu pour toute l’équipe."
    assert "Vu par" not in shown(two)
    assert "n’est plus là" in send(one, "/since/tick", key="0" * 64, since="friday")


def everything(text: str) -> dict[str, Any]:
    """What the button below the list sends, of a page that was shown."""
    form = text.split('action="/since/all"')[1].split("</form>")[0]
    found = re.search(r'name="at" value="([^"]+)"', form)
    assert found
    return {"at": found[1], "key": re.findall(r'name="key" value="(\w{64})"', form)}


def test_what_came_after_the_list_was_shown_is_not_marked_for_the_team(
    app: Flask, database: Database, clock: Clock
) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    before = everything(shown(client))
    clock.forward(minutes=5)
    with database.write() as db:
        set_alarm(
            db,
            key="late",
            site_id=SITE,
            kind="door_held",
            access_point=LASER,
            detail={},
            is_on=True,
            now=clock.now,
        )
    for _twice in range(2):
        sent(client, "/since/all", since="friday", **before)
    text = shown(client)
    assert "Depuis votre dernière lecture</h1>" in text
    assert "Porte restée ouverte" in text
    assert not {*everything(text)["key"]} & {*before["key"]}
    sent(client, "/since/all/undo", at=before["at"])
    assert {*everything(shown(client))["key"]} > {*before["key"]}
    early = {"at": Utc.of(clock.now + timedelta(minutes=1)).text(), "key": []}
    data = {"csrf_token": token_of(client), "since": "friday", **early}
    assert client.post("/since/all", data=data).status_code == 400


def test_all_of_it_is_ticked_off_and_the_next_list_begins_there(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    assert "Depuis votre dernière lecture" not in shown(client)
    send(client, "/since/all", since="friday", **everything(shown(client)))
    clock.forward(hours=2)
    assert "Depuis votre dernière lecture</h1>" in shown(client)
    assert "Porte forcée" not in shown(client)
    assert "Porte forcée" in shown(client, f"{PAGE}?since=friday")


def test_all_of_it_is_taken_back_together(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    sent(client, "/since/all", since="friday", **everything(shown(client)))
    undo(client, PAGE)
    text = shown(client)
    assert "<h1>Depuis vendredi</h1>" in text
    assert "Vu par" not in text


def test_the_next_act_is_done_from_here_and_leads_back(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    text = shown(client)
    take = re.search(r'action="(/alarms/[^"]+/take)"', text)[1]  # type: ignore[index]
    assert "manager s’en occupe" in send(client, take, back="since", since="friday")


def test_of_alarms_alike_both_pages_show_the_oldest_and_act_on_it(
    app: Flask, database: Database
) -> None:
    with database.write() as db:
        before = Utc.of(NOW - timedelta(hours=30))
        set_alarm(
            db,
            key="before",
            site_id=SITE,
            kind="door_forced",
            access_point=LASER,
            detail={},
            is_on=True,
            now=before,
        )
        db.flush()
        db.query(Alarm).update({"agent_id": "box"})
        first = db.query(Alarm).filter_by(raised_at=before).one().id
    client = app.test_client()
    sign_in(client, "manager")
    live, since = shown(client, "/"), shown(client)
    for text in (live, since):
        assert re.findall(r'action="/alarms/([^"]+)/take"', text) == [first]
    assert "a commencé hier à 08:00 · 2 fois" in since


@pytest.mark.parametrize("page", ["/", PAGE])
def test_resolving_a_row_of_alarms_alike_resolves_all_that_it_showed(
    app: Flask, database: Database, page: str
) -> None:
    where: dict[str, Any] = {"site_id": SITE, "access_point": LASER, "detail": {}, "is_on": True}
    with database.write() as db:
        set_alarm(db, key="b", kind="door_forced", now=NOW, **where)
        set_alarm(db, key="other", kind="quarantine", now=NOW, **where)
        db.flush()
        db.query(Alarm).update({"agent_id": "box", "taken_by": "account:x", "taken_at": NOW})
    client = app.test_client()
    sign_in(client, "manager")
    addresses = re.findall(r'action="(/alarms/[^"]+/done[^"]*)"', shown(client, page))
    with database.write() as db:
        forced = [row.id for row in db.query(Alarm).filter_by(kind="door_forced")]
        set_alarm(db, key="later", kind="door_forced", now=NOW, **where)
        db.flush()
        db.query(Alarm).update({"agent_id": "box"})
    (done,) = (address for address in addresses if any(key in address for key in forced))
    client.post(done, data={"csrf_token": token_of(client)})
    assert "2 alarmes réglées" in shown(client, page)
    with database.read() as db:
        left = db.query(Alarm.key).filter(Alarm.resolved_at.is_(None)).order_by(Alarm.key)
        assert list(left) == [("later",), ("other",)]


def test_resolving_the_alarm_of_one_badge_leaves_those_of_others(
    app: Flask, database: Database
) -> None:
    where: dict[str, Any] = {"site_id": SITE, "access_point": LASER, "detail": {}, "is_on": True}
    with database.write() as db:
        for key in ("one", "two"):
            set_alarm(db, key=key, kind="badge_copied", now=NOW, **where)
    client = app.test_client()
    sign_in(client, "manager")
    done = re.findall(r'action="(/alarms/[^"]+/done[^"]*)"', shown(client, "/"))
    client.post(done[-1], data={"csrf_token": token_of(client)})
    with database.read() as db:
        left = db.query(Alarm.kind).filter(Alarm.resolved_at.is_(None)).order_by(Alarm.kind)
        assert list(left) == [("badge_copied",), ("door_forced",)]


def test_the_heading_of_live_counts_the_alarms_that_the_menu_counts(
    app: Flask, database: Database
) -> None:
    for kind in ("door_held", "estop", "maintenance_due"):
        raise_alarm(database, kind, 1)
    client = app.test_client()
    sign_in(client, "manager")
    counts = re.findall(r"\b(\d+)[ \u00a0]alarmes", shown(client, "/"))
    assert (set(counts), len(counts) > 1) == ({"4"}, True)


def test_an_alarm_that_somebody_takes_care_of_is_still_named_above(
    app: Flask, place: Place
) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    take = re.search(r'action="(/alarms/[^"]+/take)"', shown(client))[1]  # type: ignore[index]
    text = send(client, take, back="since", since="friday")
    assert "Rien ne presse" not in text
    lead = re.search(r'<p class="lead">(.+)</p>', text)[1]  # type: ignore[index]
    assert "1 alarme est active\N{NO-BREAK SPACE}: «" in lead
    assert "Porte forcée\N{NO-BREAK SPACE}» (manager s’en occupe).</b>" in lead
    counts = re.findall(r'<a class="button" href="#p-(\w+)">.*?</svg>([^<]+)</a>', text)
    assert counts == [("faults", "1 panne ou alarme"), ("maintenance", "1 entretien")]
    assert all(f'id="p-{part}"' in text for part, _words in counts)
    with place.database.write() as db:
        set_alarm(
            db,
            key="filter",
            site_id=SITE,
            kind="maintenance_due",
            access_point=LASER,
            detail={},
            is_on=True,
            now=NOW,
        )
    text = shown(client)
    lead = re.search(r'<p class="lead">(.+)</p>', text)[1]  # type: ignore[index]
    assert "2 alarmes sont actives" in lead, "as many as beside Live"
    assert "et «\N{NO-BREAK SPACE}Entretien à faire\N{NO-BREAK SPACE}»." in lead


def test_an_act_leads_back_to_its_row_or_to_the_next_that_waits(app: Flask, place: Place) -> None:
    """Where the keyboard goes on, without scripts too: the row itself may be gone."""
    asked = NewMaintenance(access_point=LASER, name=Label(fr="Filtre"), every_days=2)
    with place.database.write() as db:
        maintenance.create(db, asked, actor=SYSTEM, now=Utc.of(NOW - timedelta(days=3)))
    client = app.test_client()
    sign_in(client, "manager")
    text = shown(client)
    alarm, care = key_of(text, "Porte forcée"), key_of(text, "Filtre")
    here = {"back": "since", "since": "friday", "row": care, "then": alarm}
    done = sent(client, re.search(r'action="(/maintenance/[^"]+)"', text)[1], **here)  # type: ignore[index]
    assert client.get(done).location.endswith(f"since?since=friday#t-{alarm[:12]}")
    here |= {"row": alarm, "then": alarm}
    take = sent(client, re.search(r'action="(/alarms/[^"]+/take)"', text)[1], **here)  # type: ignore[index]
    assert client.get(take).location.endswith(f"#t-{alarm[:12]}")


def test_maintenance_that_two_tabs_say_is_done_is_noted_once(app: Flask, place: Place) -> None:
    asked = NewMaintenance(access_point=LASER, name=Label(fr="Filtre"), every_days=2)
    with place.database.write() as db:
        maintenance.create(db, asked, actor=SYSTEM, now=Utc.of(NOW - timedelta(days=3)))
    one, two = app.test_client(), app.test_client()
    sign_in(one, "manager")
    sign_in(two, "desk")
    form = re.compile(r'action="(/maintenance/[^"]+/done[^"]*)"')
    (tab,), (same,) = form.findall(shown(one)), form.findall(shown(two, f"/machines/{LASER}"))
    assert tab == same
    assert "le compteur repart de zéro" in send(one, tab, back="since", since="friday")
    for who in (one, two):
        text = send(who, tab, back="since", since="friday") if who is one else _pressed(two, tab)
        assert "Déjà noté par manager, 14:00 : ce n’est pas noté deux fois." in flat(text)
    with place.database.read() as db:
        assert db.query(MaintenanceDone).count() == 1
    data = {"csrf_token": token_of(one), "language": "en", "next": PAGE}
    one.post("/language", data=data)
    assert "Already recorded by manager" in send(one, tab, back="since", since="friday")


def _pressed(client: FlaskClient, address: str) -> str:
    """On the machine's own page."""
    page = f"/machines/{LASER}"
    client.post(address, data={"csrf_token": token_of(client)})
    return shown(client, page)


def flat(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("asked", ["soon", "2026-01-01T00:00", "2030-01-01T00:00", "%"])
def test_another_moment_is_asked_for_again(app: Flask, asked: str) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    answer = client.get(PAGE, query_string={"since": asked})
    assert answer.status_code == 422
    assert "Choisissez un moment" in answer.get_data(as_text=True)


def test_since_when() -> None:
    tuesday = Utc.parse("2026-11-24T13:00:00.000Z")
    friday = Utc.parse("2026-11-20T17:00:00.000Z")
    assert period_start("friday", None, tuesday, PARIS) == friday
    assert period_start("last", None, tuesday, PARIS) == friday
    assert period_start("friday", None, friday, PARIS) == Utc.parse("2026-11-13T17:00:00.000Z")
    assert period_start("last", tuesday, friday, PARIS) == tuesday
    assert (
        period_start("2026-11-23T08:30", None, tuesday, PARIS).text() == "2026-11-23T07:30:00.000Z"
    )
    with pytest.raises(InvalidPeriod):
        period_start("2026-11-24T20:00", None, tuesday, PARIS)


def test_each_next_act_of_a_room_is_known_to_its_pages_and_opens_something() -> None:
    wanted = {what for source in HOUSE.activity for what in source.actions}
    actions = {
        what: next_step for feature in FEATURES for what, next_step in feature.actions.items()
    }
    assert set(actions) == wanted
    pages = {
        page.endpoint: page for feature in FEATURES for pages in feature.pages for page in pages
    }
    for next_step in actions.values():
        page = pages[next_step.endpoint]
        assert (page.method, page.permission) == (
            "POST" if next_step.sends else "GET",
            next_step.permission,
        )


def test_the_list_is_asked_for_by_mail_and_that_is_taken_back(
    app: Flask, database: Database, clock: Clock
) -> None:
    without = app.test_client()
    sign_in(without, "manager")
    assert "le lieu n’a pas encore de serveur de messagerie" in shown(without)
    mail = MailSettings(host="mail.example", sender="loquet@place.example")
    client = make_app(database, clock, mail=mail).test_client()
    sign_in(client, "manager")
    assert "Le recevoir par e-mail" in shown(client)
    sent(client, "/since/mail", wanted="yes", since="friday")
    undo(client, PAGE)
    assert "Le recevoir par e-mail" in shown(client)
    text = send(client, "/since/mail", wanted="yes", since="friday")
    assert "Chaque matin à 7\u00a0h, ce résumé part à manager@example.org." in text


def test_the_members_address_is_not_the_accounts_and_one_is_to_be_confirmed(
    app: Flask, database: Database, clock: Clock
) -> None:
    mail = MailSettings(host="mail.example", sender="loquet@place.example")
    with database.write() as db:
        new = NewMember(display_name="Amina", email="amina@home.example", site_id=SITE)
        member = members.create(db, new, actor=SYSTEM, now=NOW).id
        row = db.query(AccountRow).filter_by(login="manager@example.org").one()
        row.login, row.member_id = "amina", member
    client = make_app(database, clock, mail=mail).test_client()
    data = {"csrf_token": token_of(client), "login": "amina", "password": PASSWORD}
    assert client.post("/sign-in", data=data).status_code == 303
    text = shown(client)
    assert "confirmez une adresse e-mail" in text
    assert "amina@home.example" not in text
    with database.write() as db:
        db.query(AccountRow).filter_by(login="amina").one().confirmed_email = "a@b.example"
    assert "peut vous être envoyé chaque matin à 7\u00a0h, à a@b.example" in shown(client)


def test_what_went_wrong_stands_on_a_line_of_time(app: Flask, database: Database) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    assert 'class="strip"' not in shown(client), "one fault alone is said above"
    raise_alarm(database, "estop", 80)
    drawn = shown(client).split('class="strip"')[1].split("</svg>")[0]
    assert ", aujourd’hui à 13:00 Découpe laser CO₂\u00a0: Porte forcée" in drawn
    assert re.search(r'class="bad" x="98\.\d+%" y="14" text-anchor="end">13:00 Découpe', drawn)
    assert [day for day in ("vendredi", "samedi", "lundi") if day in drawn] == ["samedi", "lundi"]
    assert 'class="strip"' not in shown(client, f"{PAGE}?since=2026-11-01T08:00"), "too long"


@pytest.mark.parametrize(
    ("since", "start", "end", "is_said"),
    [("18", "00:00", "00:00", False), ("22", "12:00", "23:00", True)],
)
def test_hours_on_the_line_stand_beside_the_names_of_days(
    place: Place, app: Flask, since: str, start: str, end: str, is_said: bool
) -> None:
    """Of a place that never closes they would stand on them."""
    raise_alarm(place.database, "estop", 20)
    hours = tuple(Weekly(weekday=day, start=start, end=end) for day in range(7))
    new = NewSchedule(id="week", site_id=SITE, name=Label(fr="Ouverture"), weekly=hours)
    with place.database.write() as db:
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "week"}, version=None, actor=SYSTEM, now=NOW)
    client = app.test_client()
    sign_in(client, "manager")
    drawn = shown(client, f"{PAGE}?since=2026-11-{since}T00:00").split('class="strip"')[1]
    assert 'class="open"' in drawn
    assert (f'middle">{start} – {end}<' in drawn) == is_said
    assert "00:00 – 00:00" not in drawn


def test_a_past_backup_is_no_reason_to_do_nothing_where_none_is_set_up(
    database: Database, client: FlaskClient
) -> None:
    with database.write() as db:
        backups.record_backup(db, SYSTEM, NOW)
    sign_in(client, "admin")
    text = shown(client)
    row = text.partition("Rien n’est sauvegardé</h3>")[2].partition("</li>")[0]
    assert 'href="/backups"' in row, "as the page of backups says it"
    assert "Dernière sauvegarde" not in row
    assert "Rien à faire" not in row
    (key,) = re.findall(r'name="key" value="(\w+)"', row)
    sent(client, "/since/tick", key=key, since="friday")
    assert "Vu par" in shown(client).partition("Rien n’est sauvegardé</h3>")[2]


def test_a_use_with_a_former_badge_is_charged_from_here(app: Flask, database: Database) -> None:
    at = Utc.of(NOW - timedelta(hours=2))
    with database.write() as db:
        member = members.create(
            db, NewMember(display_name="Vera Blum", site_id=SITE), actor=SYSTEM, now=at
        )
        used = SessionRow(
            id=uuid7(),
            site_id=SITE,
            agent_id="box",
            access_point_id=LASER,
            member_ref=db.get_one(MemberRow, member.id).ref,
            started_at=at,
            is_doubtful=True,
            **dict.fromkeys(("active_s", "idle_s", "powered_s", "gap_s"), 0.0),
        )
        db.add(used)
    client = app.test_client()
    sign_in(client, "manager")
    text = shown(client)
    assert "avec un badge rendu, perdu" in text
    assert "Vera Blum avait ce badge" in text
    address = re.search(r'action="(/uses/[^"]+)"', text)[1]  # type: ignore[index]
    fields = {"csrf_token": token_of(client), "back": "since"}
    assert client.post(address, data=fields).location.startswith(PAGE)
    assert "avec un badge rendu, perdu" not in shown(client)
    client.post(address, data={"csrf_token": token_of(client), "doubtful": "yes"})
    client.post(address, data={"csrf_token": token_of(client)})
    assert undo(client, PAGE) == "La personne qui avait ce badge paie cette utilisation."
    assert "avec un badge rendu, perdu" in shown(client)
