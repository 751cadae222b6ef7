"""What happened: told by each feature, ticked off for all, as a mail in both languages."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.activity import ticks
from controller.capabilities.activity.capability import last_morning
from controller.capabilities.activity.messages import ActivityTextRenderer, letter
from controller.capabilities.activity.rows import LIST_LIMIT, ActivityList, list_activity
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import NewEvacuation
from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import SafetyKind
from controller.capabilities.safety_register.shapes import NewSafetyEntry
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.activity import Part, Weight
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.shapes import Label
from controller.kernel.translation import translator
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, VAULT, Place


def ago(place: Place, **delta: float) -> Utc:
    return Utc.of(place.now - timedelta(**delta))


def alarm(place: Place, db: Session, key: str, kind: str = "door_forced") -> None:
    set_alarm(
        db,
        key=key,
        site_id=place.site,
        kind=kind,
        access_point="laser-1",
        detail={},
        is_on=True,
        now=place.now,
    )


def a_weekend(place: Place, db: Session) -> None:
    """Something of each feature."""
    amina = people(place, db)
    machines(place, db, amina)
    the_place(place, db)


def people(place: Place, db: Session) -> str:
    """Somebody whose rights end, with a badge of the house; their id."""
    amina = place.member(db, "Amina Diallo", plan=None)
    place.certify(db, amina.id, "laser")
    soon = Utc.of(place.now + timedelta(days=3))
    new = NewSubscription(
        member_id=amina.id, plan_id="atelier", valid_from=ago(place, days=9), valid_until=soon
    )
    subscriptions.create(db, new, actor=BOSS, now=place.now)
    credentials.create(
        db,
        NewCredential(member_id=amina.id, value="uid:04A1B2C3D4E5F6", lent=True),
        vault=VAULT,
        actor=BOSS,
        now=place.now,
    )
    return amina.id


def machines(place: Place, db: Session, amina: str) -> None:
    """An alarm, a fault, a job that was lost, a booking that nobody used."""
    alarm(place, db, "forced")
    told = NewUserReport(kind=ToldKind.FAULT, access_point="laser-1", text="<b>Il vibre</b>")
    user_reports.create(db, told, actor=BOSS, now=place.now)
    db.add(
        SessionRow(
            id=uuid7(place.now.millis()),
            site_id=place.site,
            agent_id="pi",
            access_point_id="laser-1",
            member_ref=None,
            started_at=ago(place, hours=3),
            ended_at=ago(place, hours=1),
            active_s=5400.0,
            idle_s=0.0,
            powered_s=5400.0,
            gap_s=0.0,
            cause="agent_restarted",
        )
    )
    db.add(
        BookingRow(
            id=uuid7(),
            site_id=place.site,
            member_id=amina,
            access_point_id="laser-1",
            starts_at=ago(place, hours=5),
            ends_at=ago(place, hours=4),
            created_by=BOSS.ref,
            created_at=ago(place, days=1),
            missed_at=ago(place, hours=4),
            closed_at=ago(place, hours=4),
        )
    )


def the_place(place: Place, db: Session) -> None:
    """Maintenance that is due, a session to come, a drill, an entry of the register."""
    care = NewMaintenance(
        access_point="laser-1",
        name=Label(fr="Filtre"),
        every_days=10,
        starts_at=ago(place, days=11),
    )
    maintenance.create(db, care, actor=BOSS, now=place.now)
    starts = Utc.of(place.now + timedelta(days=2))
    course = NewCourseSession(
        kind=CourseSessionKind.WORKSHOP,
        starts_at=starts,
        ends_at=Utc.of(starts + timedelta(hours=2)),
        places=6,
        theme="Vinyle",
        site_id=place.site,
    )
    course_sessions.create(db, course, actor=BOSS, now=place.now)
    drill = NewEvacuation(kind=EvacuationKind.DRILL, site_id=place.site)
    evacuations.start(db, drill, actor=BOSS, now=place.now)
    written = NewSafetyEntry(
        kind=SafetyKind.DANGER, happened_at=place.now, account="Sol glissant", site_id=place.site
    )
    entries.create(db, written, actor=BOSS, now=place.now)


def plainly(text: str) -> str:
    return text.replace("\u00a0", " ")


def titles(
    found: ActivityList, db: Session, place: Place, language: Language
) -> dict[Part, list[str]]:
    speaker = ActivityTextRenderer(translator(db, language), "Europe/Paris", place.now)
    return {
        section.part: [plainly(speaker.say(row.activity.title)) for row in section.rows]
        for section in found.sections
    }


def test_each_room_tells_of_its_own_in_both_languages(place: Place) -> None:
    with place.database.write() as db:
        a_weekend(place, db)
        boss = place.account(db, "boss", Role.MANAGER)
        found = list_activity(db, place.site, ago(place, days=3), actor=boss, now=place.now)
        french = titles(found, db, place, Language.FR)
        assert french == {
            Part.FAULTS: ["Laser : Porte forcée", "Laser : travail interrompu aujourd’hui à 10:00"],
            Part.USER_REPORTS: ["Laser : « <b>Il vibre</b> »"],
            Part.BADGES: ["Amina Diallo"],
            Part.PEOPLE: ["Amina Diallo"],
            Part.RIGHTS: ["Amina Diallo : abonnement Atelier"],
            Part.SESSIONS: ["Vinyle, jeudi à 11:00"],
            Part.BOOKINGS: ["Amina Diallo n’a pas utilisé sa réservation : Laser"],
            Part.MAINTENANCE: [
                "Laser : Filtre",
                "Aucune sauvegarde n’a encore été faite : voyez la page Sauvegardes",
            ],
            Part.SAFETY: ["Sol glissant", "Exercice d’évacuation aujourd’hui à 11:00"],
        }
        english = titles(found, db, place, Language.EN)
        assert english[Part.FAULTS][1] == "Laser: job interrupted today at 10:00"
        assert found.weighing(Weight.BAD) == 1
        backups.record_backup(db, BOSS, place.now)
    with place.database.read() as db:
        found = list_activity(db, place.site, ago(place, days=3), actor=boss, now=place.now)
        fine = [row for row in found.rows if row.activity.weight is Weight.FINE]
        assert [row.is_open for row in fine] == [False]
        wanted = set().union(*(source.actions for source in HOUSE.activity))
        assert {row.activity.action.code for row in found.rows if row.activity.action} <= wanted


@pytest.mark.parametrize("kind", HOUSE.alarms)
def test_an_alarm_has_the_title_that_its_feature_gives_it(place: Place, kind: str) -> None:
    if HOUSE.alarms[kind].has_catch_up_rows:
        return
    with place.database.write() as db:
        alarm(place, db, "one", kind)
        found = list_activity(db, place.site, ago(place, days=3), actor=BOSS, now=place.now)
        (title,) = titles(found, db, place, Language.FR)[Part.FAULTS]
        translated = translator(db, Language.FR).say(HOUSE.alarms[kind].title)
    assert title in (translated, f"Laser : {translated}")


def test_a_certification_that_ends_is_told_and_one_that_goes_on_is_not(place: Place) -> None:
    with place.database.write() as db:
        place.certify(db, place.member(db).id, "laser")
        place.clock.forward(days=360)
        place.certify(db, place.member(db, "Bao Tran").id, "laser")
        found = list_activity(db, place.site, ago(place, days=1), actor=BOSS, now=place.now)
        rights = titles(found, db, place, Language.FR)[Part.RIGHTS]
        assert rights == ["Amina Diallo : Laser"]


def test_two_people_see_each_others_ticks_and_take_them_back(place: Place) -> None:
    since = ago(place, days=1)
    with place.database.write() as db:
        alarm(place, db, "forced")
        one, two = (place.account(db, name, Role.MANAGER) for name in ("one", "two"))

        def row(actor: Actor, since: Utc = since) -> list[str | None]:
            found = list_activity(db, place.site, since, actor=actor, now=place.now)
            faults = [section.rows for section in found.sections if section.part is Part.FAULTS]
            return [record.tick.by if record.tick else None for rows in faults for record in rows]

        (key,) = [
            record.activity.key
            for record in list_activity(db, place.site, since, actor=one, now=place.now).rows
            if record.activity.part is Part.FAULTS
        ]
        ticks.tick(db, place.site, key, since, actor=one, now=place.now)
        ticks.tick(db, place.site, key, since, actor=two, now=place.now)
        assert row(two) == ["one"]
        place.clock.forward(hours=1)
        assert row(two, place.now) == [], "what was ticked off before is not told again"
        ticks.untick(db, place.site, key, actor=two)
        assert row(one) == [None]
        with pytest.raises(NotFound):
            ticks.tick(db, place.site, "0" * 64, since, actor=one, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden):
            ticks.untick(db, place.site, key, actor=desk)
        now = place.now
        ticks.tick_all(db, place.site, {key}, since, at=now, actor=two, now=now)
        assert (row(one), ticks.read_until(db, place.site, actor=two)) == (["two"], place.now)
        ticks.untick_all(db, place.site, place.now, actor=two)
        assert (row(one), ticks.read_until(db, place.site, actor=two)) == ([None], None)


def test_what_waits_is_shown_before_what_was_seen_where_there_is_too_much(place: Place) -> None:
    with place.database.write() as db:
        told = NewUserReport(kind=ToldKind.NEED, access_point="laser-1", text="Du vinyle")
        for _ in range(LIST_LIMIT + 2):
            user_reports.create(db, told, actor=BOSS, now=place.now)

        def keys() -> tuple[list[str], int]:
            found = list_activity(db, place.site, ago(place, days=1), actor=BOSS, now=place.now)
            (section,) = [
                section for section in found.sections if section.part is Part.USER_REPORTS
            ]
            return [row.activity.key for row in section.rows], section.more

        first, more = keys()
        assert (len(first), more) == (LIST_LIMIT, 2)
        for key in first[:2]:
            ticks.tick(db, place.site, key, ago(place, days=1), actor=BOSS, now=place.now)
        second, _ = keys()
        assert set(second).isdisjoint(first[:2])


def test_the_letter_says_it_as_text_and_html_can_not_be_smuggled_in(place: Place) -> None:
    with place.database.write() as db:
        a_weekend(place, db)
    with place.database.read() as db:
        found = list_activity(db, place.site, ago(place, days=3), actor=BOSS, now=place.now)
        english = letter(
            found,
            ActivityTextRenderer(translator(db, Language.EN), "Europe/Paris", place.now),
            "Here",
        )
    assert plainly(english.subject) == "Here: what has happened since last Saturday at 11:00"
    told = dict(english.lists)["Reported by users"]
    assert told[0][0] == "Laser: “<b>Il vibre</b>”"


def test_a_morning_is_at_seven_there_and_moves_with_the_season() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = Utc.parse("2026-11-24T05:59:00.000Z")
    assert last_morning(before, paris).text() == "2026-11-23T06:00:00.000Z"
    after = Utc.parse("2026-07-24T05:00:00.000Z")
    assert last_morning(after, paris).text() == "2026-07-24T05:00:00.000Z"
