"""Who is expected is ticked as they come; an entry is for a course, and what is late says so."""

import html
import re
from datetime import timedelta

from sqlalchemy import update

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.desk.expected_arrivals import BOOKINGS_LISTED
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassUse
from controller.capabilities.plans.shapes import NewPass
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationRow, PresenceRow
from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.capabilities.user_reports.models import HandoverNote
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.desk.conftest import SYSTEM, Desk
from tests.webui.live.live_actions import point
from tests.webui.members.people import add_member, undo


def at(minutes: int) -> Utc:
    return Utc.of(NOW + timedelta(minutes=minutes))


def add_session(database: Database, starts: int, *members: str, places: int | None = 4) -> str:
    """A session of a course, so many minutes from now."""
    with database.write() as db:
        key = f"laser-{starts}"
        courses.create(db, NewCourse(id=key, name=Label(fr="Laser")), actor=SYSTEM, now=NOW)
        new = NewCourseSession(
            course_id=key, starts_at=at(starts), ends_at=at(starts + 60), places=places
        )
        made = course_sessions.create(db, new, actor=SYSTEM, now=NOW)
        for member in members:
            enrolments.enrol(db, made.id, member, actor=SYSTEM, now=NOW)
        return made.id


def attended(database: Database, session: str, member: str) -> Utc | None:
    with database.read() as db:
        return db.get_one(EnrolmentRow, (session, member)).attended_at


def test_an_entry_is_for_the_course_and_both_are_taken_back(desk: Desk, database: Database) -> None:
    soon = add_session(database, 30, desk.zoe)
    later = add_session(database, 240, desk.zoe)
    assert "et présence en formation\u00a0: Laser" in desk.text(f"?person={desk.zoe}")
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    assert attended(database, soon, desk.zoe) == NOW
    assert attended(database, later, desk.zoe) is None, "that is hours away"
    said = undo(desk.client, f"/desk?person={desk.zoe}")
    assert said == "Entrée notée à 14:00. Présence en formation\u00a0: Laser."
    assert attended(database, soon, desk.zoe) is None
    with database.read() as db:
        assert db.query(PresenceRow).count() == 0, "as if nothing had been noted"


def test_a_pass_that_an_entry_has_spent_is_given_back(desk: Desk, database: Database) -> None:
    with database.write() as db:
        new = NewPass(member_id=desk.zoe, plan_id="plan", units=5, valid_from=at(-60))
        passes.create(db, new, actor=SYSTEM, now=NOW)
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    with database.read() as db:
        spent = db.query(PassUse).count()
    said = undo(desk.client, "/desk")
    assert ("Pass débité." in said) == (spent == 1) is True
    with database.read() as db:
        assert db.query(PassUse).count() == 0


def test_a_course_says_who_has_come_and_ticks_the_others(desk: Desk, database: Database) -> None:
    ana = add_member(database, "Ana Roy")
    session = add_session(database, 30, desk.zoe, ana)
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    text = desk.text()
    row = text[text.index(f'id="soon-{session}"') :]
    row = row[: row.index("</details>")]
    assert "1 arrivé, 1 attendu" in row
    assert "2 places libres" in row
    assert (row.count('class="is-here"'), row.count('class="is-due"')) == (1, 1)
    assert row.count('class="is-free"') == 2
    assert f'name="member" value="{ana}"' in row
    desk.post("/desk/enter", member=ana, zone="atelier", person=desk.zoe)
    assert attended(database, session, ana) == NOW
    assert "2 arrivés" in desk.text()


def test_whoever_stands_there_is_enrolled_and_taken_off(desk: Desk, database: Database) -> None:
    session = add_session(database, 30)
    text = desk.text(f"?person={desk.zoe}")
    path = f"/desk/sessions/{session}/enrol"
    assert f'action="{path}"' in text
    desk.post(path, member=desk.zoe)
    assert undo(desk.client, "/desk") == "Zoé d’Artois\u00a0: inscription faite."
    assert "4 places libres" in desk.text()
    assert desk.post(path, member="nobody").status_code == 404
    with database.write() as db:
        db.get_one(CourseSessionRow, session).cancelled_at = NOW
    desk.post(path, member=desk.zoe)
    assert "Cette séance est annulée." in desk.text(), "that one reason, not all there may be"


def test_a_booking_is_ticked_where_it_is_and_late_ones_say_so(
    desk: Desk, database: Database
) -> None:
    with database.write() as db:
        machine = point("laser", PointKind.MACHINE)
        machine.agent_id, machine.zone_id = None, "hall"
        db.add(machine)
        db.flush()
        common = {"site_id": SITE, "created_at": NOW, "created_by": "test", "row_version": 1}
        times = {"starts_at": at(-5), "ends_at": at(60)}
        one = {"member_id": desk.zoe, "access_point_id": "laser", "zone_id": None}
        db.add(BookingRow(id=uuid7(), **one, **times, **common))
    text = desk.text()
    assert "Laser, 13:55\u2060–\u206015" in text
    assert '<span class="due">pas encore là' in text
    assert '<input type="hidden" name="zone" value="hall">' in text
    desk.post("/desk/enter", member=desk.zoe, zone="hall")
    assert '<span class="due">pas encore' not in desk.text()
    with database.write() as db:
        db.get_one(AccessPointRow, "laser").in_service = False
    assert "hors service" in desk.text()
    with database.write() as db:
        db.query(BookingRow).one().missed_at = NOW
    assert "Laser, 13:55" not in desk.text(), "it was released: nobody is expected"


def test_of_many_bookings_the_later_ones_are_counted(desk: Desk, database: Database) -> None:
    with database.write() as db:
        machine = point("laser", PointKind.MACHINE)
        machine.agent_id, machine.zone_id = None, "hall"
        db.add(machine)
        db.flush()
        common = {"site_id": SITE, "created_at": NOW, "created_by": "test", "row_version": 1}
        of_zoe = common | {"member_id": desk.zoe, "access_point_id": "laser", "zone_id": None}
        starts = range(BOOKINGS_LISTED + 2)
        db.add_all(
            BookingRow(id=uuid7(), starts_at=at(start), ends_at=at(start + 1), **of_zoe)
            for start in starts
        )
    text = desk.text()
    assert text.count(f'id="soon-{desk.zoe}-') == BOOKINGS_LISTED
    assert "Encore 2 réservations plus tard aujourd’hui" in text
    assert f"{BOOKINGS_LISTED + 2} à venir" in text
    assert f"{BOOKINGS_LISTED + 2} attendus" in text


def test_a_delivery_is_expected_then_received(desk: Desk, database: Database) -> None:
    desk.post("/desk/notes", text="Palette", expected="15:00")
    text = desk.text()
    assert re.search(r"<b>Livraison</b>\s*<p>Palette", text)
    with database.read() as db:
        note = db.query(HandoverNote).one()
        assert note.expected_at == at(60)
    desk.post(f"/desk/notes/{note.id}/done")
    text = desk.text()
    assert "Livraison reçue." in text
    assert "Palette" not in text
    desk.post("/desk/notes", text="Palette", expected="soon")
    text = desk.text()
    assert "Saisissez l’heure comme 14:30" in text
    assert 'value="Palette"' in text, "what was typed stays"


def test_a_delivery_that_did_not_come_yesterday_says_so(desk: Desk, database: Database) -> None:
    desk.post("/desk/notes", text="Palette", expected="15:00")
    with database.write() as db:
        db.query(HandoverNote).one().expected_at = at(60 - 24 * 60)
    text = desk.text()
    assert re.search(r"hier à\s15:00</time>\s*<div><b>Livraison</b>", text)
    assert re.search(r'id="soon-earlier"><summary>1 d’avant aujourd’hui', text), "in one line"


def test_what_is_learnt_later_stands_at_its_true_time(desk: Desk, database: Database) -> None:
    ana = add_member(database, "Ana Roy")
    desk.post("/desk/enter", member=ana, zone="hall", at="13:59")
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="13:10")
    text = desk.text()
    assert text.index(">Ana Roy</a>") < text.index(">Zoé d’Artois</a>"), "the last stands first"
    assert text.count("noté plus tard,") == 1, "a minute is not late"


def test_of_a_hundred_people_fifty_stand_there_and_all_a_page_further(
    desk: Desk, database: Database
) -> None:
    with database.write() as db:
        db.add_all(
            PresenceRow(
                id=uuid7(),
                site_id=SITE,
                zone_id="hall",
                label=f"Visitor {number}",
                heads=1,
                moved_at=NOW,
                by_desk=True,
            )
            for number in range(100)
        )
    text = desk.text()
    assert "et 88 autres" in text
    assert text.count("<b>Visitor ") == 50
    assert "100 sur 20" in text
    assert 'href="/desk/rooms/hall">Voir les 100 présents' in text
    seen, room = set(), "/rooms/hall"
    for _page in range(2):
        text = desk.text(room)
        seen |= set(re.findall(r"<b>(Visitor \d+)</b>", text))
        room = (re.findall(r'href="/desk(/rooms/hall\?after=[^"]+)"', text) or [""])[0]
    assert len(seen) == 100
    assert not room
    key = re.findall(r'name="presence" value="([^"]+)"', text)[0]
    gone = desk.post("/desk/leave", room="hall", presence=key)
    assert gone.headers["Location"] == "/desk/rooms/hall"
    assert "99 sur 10" in desk.text("/rooms/hall")
    assert desk.client.get("/desk/rooms/elsewhere").status_code == 404


def test_whoever_a_session_has_as_present_is_in(desk: Desk, database: Database) -> None:
    zoe = add_member(database, "Zoé")
    session = add_session(database, -30, zoe)
    assert "En séance, espace non noté" not in desk.text()
    with database.write() as db:
        db.get_one(EnrolmentRow, (session, zoe)).attended_at = at(-5)
    text = desk.text()
    assert "En séance, espace non noté" in text.split('id="soon"')[0]
    menu = re.sub(r"<[^>]+>", "", text.split("<main")[0])
    assert "1 présent" in menu
    for page in ("/", "/plan"):
        live = re.sub(r"<[^>]+>", "", desk.client.get(page).get_data(as_text=True))
        assert re.search(r"\b1\s+présent", live.split("Aller au contenu")[1])
    desk.client.post("/evacuation", data={"csrf_token": token_of(desk.client), "kind": "drill"})
    roll = desk.client.get("/evacuation").get_data(as_text=True)
    assert "En séance, espace non noté" in roll
    assert "<b>Zoé</b>" in roll
    (path,) = re.findall(r'action="(/evacuation/[^"]+/roll)"', roll)
    again = {"name": "Zoé", "zone_id": "hall", "heads": "1", "csrf_token": token_of(desk.client)}
    refused = html.unescape(desk.client.post(path, data=again, follow_redirects=True).text)
    assert "Zoé est déjà dans la liste\u00a0: En séance, espace non noté." in refused


def test_whoever_is_in_by_a_session_alone_can_be_signed_out(desk: Desk, database: Database) -> None:
    zoe = add_member(database, "Zoé")
    session = add_session(database, -30, zoe)
    with database.write() as db:
        db.get_one(EnrolmentRow, (session, zoe)).attended_at = at(-5)
    form = 'action="/desk/leave/session"'
    assert desk.text().count(form) == 1
    assert desk.text(f"?person={zoe}").count(form) == 2, "also in the open person's panel"
    evacuation = {"csrf_token": token_of(desk.client), "kind": "drill"}
    started = desk.client.post("/evacuation", data=evacuation)
    desk.post("/desk/leave/session", member=zoe)
    assert "une fois qu’il est terminé" in desk.text().replace("\u00a0", " ")
    assert started.status_code == 303
    assert form in desk.text()
    with database.write() as db:
        db.execute(update(EvacuationRow).values(ended_at=NOW, everyone_back=True))
    desk.post("/desk/leave/session", member=zoe)
    assert "Zoé : sortie notée." in desk.text().replace("\u00a0", " ")
    assert "En séance, espace non noté" not in desk.text()
    assert desk.post("/desk/leave/session", member=zoe).status_code == 404
    with database.read() as db:
        assert evacuations.count_inside(db, SITE, actor=SYSTEM, now=NOW) == (0, 0)
