"""Letters that everybody expects: each arrives through a real server, in both languages, once."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from itertools import permutations
from typing import NamedTuple

import pytest
from icalendar import Calendar
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices, stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.reminders import Window, write_reminders
from controller.capabilities.messages.troubles import Trouble
from controller.capabilities.plans import reminders as plan_reminders
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.training import course_sessions, member_certifications
from controller.capabilities.training import reminders as training_reminders
from controller.capabilities.training.models import (
    CertificationRow,
    CourseSessionKind,
    HeldRow,
    ValidityKind,
)
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import job_rows
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import House
from controller.kernel.database import Database
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.job_runner import JobRunner
from controller.kernel.models import JobRow
from controller.live import Live
from controller.policy import POLICY
from controller.settings import Settings
from tests.capabilities.conftest import BOSS, NOW, Place, clock, database, live
from tests.capabilities.training.courses import course, enrol, session
from tests.integrations.mail.letters import person, plainly, sent
from tests.support.clock import Clock
from tests.support.until import until

__all__ = ["clock", "database", "live"]

DAY = timedelta(days=1)
REMINDERS = ("subscription_reminders", "certification_reminders", "course_reminders")


@pytest.fixture
def place(database: Database, live: Live, clock: Clock) -> Place:
    """A place with mail."""
    return Place(Database(database.engine, live, clock, house=HOUSE, mail_is_on=True), clock)


def subscribe(
    db: Session, place: Place, member: str, days: float, plan: str = "bureau", lasts: float = 365
) -> str:
    """A subscription that ends in so many days, and lasts so many."""
    ends = Utc.of(place.now + days * DAY)
    new = NewSubscription(
        member_id=member, plan_id=plan, valid_from=Utc.of(ends - lasts * DAY), valid_until=ends
    )
    return subscriptions.create(db, new, actor=BOSS, now=place.now).id


def someone(db: Session, place: Place, name: str, language: Language = Language.FR) -> Actor:
    """A member with an address and an account, and without a subscription."""
    who = person(place, db, name, language)
    for row in db.scalars(
        select(SubscriptionRow).where(SubscriptionRow.member_id == who.member_id)
    ):
        db.delete(row)
    db.flush()
    return who


def two(db: Session, place: Place) -> tuple[Actor, Actor]:
    """Ada, who reads French, and Bao, who reads English."""
    return someone(db, place, "Ada Both"), someone(db, place, "Bao Tran", Language.EN)


def window(place: Place) -> Window:
    """The last hour."""
    return Window.of(Utc.of(place.now - timedelta(hours=1)), place.now)


def write_all(place: Place) -> None:
    """What the jobs write, of the last hour."""
    with place.database.write() as db:
        for find in (
            plan_reminders.find_due,
            training_reminders.find_certifications,
            training_reminders.find_sessions,
        ):
            found = list(find(db, place.site, window(place)))
            write_reminders(db, place.site, found, now=place.now)


def read_by(mails: Iterable[EmailMessage], who: str) -> list[str]:
    """What one of them has got, as plain text."""
    return [plainly(mail) for mail in mails if mail["To"] == f"{who}@example.org"]


def written(place: Place) -> list[tuple[str, str | None]]:
    """What is in the queue, and why it was not sent."""
    with place.database.read() as db:
        rows = db.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        return [(row.what, row.trouble) for row in rows]


# Bookings


def book(place: Place, member: Actor, hours: float, actor: Actor = BOSS) -> str:
    """Two hours of the laser."""
    start = Utc.of(place.now + timedelta(hours=hours))
    new = NewBooking(
        member_id=member.member_id or "",
        access_point="laser-1",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=2)),
    )
    with place.database.write() as db:
        return bookings.create(db, new, actor=actor, now=place.now).id


def move(place: Place, booking: str, hours: float, actor: Actor = BOSS) -> None:
    """To so many hours from now."""
    start = Utc.of(place.now + timedelta(hours=hours))
    patch = {"starts_at": start.text(), "ends_at": Utc.of(start + timedelta(hours=2)).text()}
    with place.database.write() as db:
        bookings.change(db, booking, patch, version=None, actor=actor, now=place.now)


def cancel(place: Place, booking: str, actor: Actor = BOSS) -> None:
    with place.database.write() as db:
        bookings.cancel(db, booking, actor=actor, now=place.now)


def restore(place: Place, booking: str) -> None:
    with place.database.write() as db:
        bookings.restore(db, booking, actor=BOSS, now=place.now)


def got(place: Place) -> list[EmailMessage]:
    """What goes out once nobody can take it back any more."""
    place.clock.forward(minutes=2)
    return sent(place)


def test_a_booking_that_is_made_moved_and_cancelled_is_written_about(place: Place) -> None:
    with place.database.write() as db:
        ada, bao = two(db, place)
        desk = place.account(db, "desk", Role.DESK)
    booked = [book(place, ada, 24, desk), book(place, bao, 30, desk)]
    mails = got(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith(
        "Réservation confirmée : Laser\nVous avez réservé Laser demain à 11:00, jusqu’à 13:00."
    )
    assert english.startswith(
        "Booking confirmed: Laser\nYou have booked Laser tomorrow at 17:00, until 19:00."
    )
    for booking in booked:
        move(place, booking, 60 if booking is booked[0] else 70, desk)
    mails = got(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith("Réservation déplacée : Laser\nVotre réservation est déplacée : ")
    assert "Elle était prévue : demain à 11:00." in french
    assert english.startswith("Booking moved: Laser\nYour booking has been moved: Laser, ")
    for booking in booked:
        cancel(place, booking, desk)
    mails = got(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith("Réservation annulée : Laser\nCette réservation est annulée : Laser, ")
    assert english.startswith("Booking cancelled: Laser\nThis booking is cancelled: Laser, ")
    assert got(place) == []


class Entry(NamedTuple):
    """What a calendar program keeps of one entry."""

    sequence: int
    is_cancelled: bool
    starts: object
    ends: object


def invitation(mail: EmailMessage) -> bytes:
    """The calendar file of a letter."""
    (part,) = mail.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert part.get_filename() == "loquet.ics"
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert part["Content-Type"].params["method"] == str(Calendar.from_ical(data)["METHOD"])
    return data


def apply(files: Iterable[bytes]) -> Mapping[str, Entry]:
    """As a calendar program does (RFC 5546, 2.1.5): what is older than what it has is ignored."""
    calendar: dict[str, Entry] = {}
    for file in files:
        parsed = Calendar.from_ical(file)
        (event,) = parsed.walk("VEVENT")
        entry = Entry(
            event.decoded("SEQUENCE"),
            parsed["METHOD"] == "CANCEL",
            event.decoded("DTSTART"),
            event.decoded("DTEND"),
        )
        known = calendar.get(str(event["UID"]))
        if known is None or entry.sequence > known.sequence:
            calendar[str(event["UID"])] = entry
    return calendar


def test_calendar_files_applied_twice_and_out_of_order_end_in_the_same_calendar(
    place: Place,
) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
    booking = book(place, ada, 24)
    files = [invitation(mail) for mail in got(place)]
    move(place, booking, 50)
    files += [invitation(mail) for mail in got(place)]
    cancel(place, booking)
    files += [invitation(mail) for mail in got(place)]
    cancelled = apply(files)
    restore(place, booking)
    files += [invitation(mail) for mail in got(place)]
    found = [Calendar.from_ical(file) for file in files]
    assert [str(calendar["METHOD"]) for calendar in found] == [
        "REQUEST",
        "REQUEST",
        "CANCEL",
        "REQUEST",
    ]
    events = [event for calendar in found for event in calendar.walk("VEVENT")]
    assert {str(event["UID"]) for event in events} == {f"{booking}@booking.loquet"}
    sequences = [event.decoded("SEQUENCE") for event in events]
    assert sequences == sorted(set(sequences))
    assert {str(event["ATTENDEE"]) for event in events} == {"mailto:ada@example.org"}
    assert {str(event["ORGANIZER"]) for event in events} == {"mailto:l@fab.example"}
    assert {str(event["SUMMARY"]) for event in events} == {"Laser"}
    (entry,) = apply(files).values()
    assert not entry.is_cancelled
    with place.database.read() as db:
        row = bookings.get(db, booking, actor=BOSS)
    assert (entry.starts, entry.ends) == (row.starts_at, row.ends_at)
    for order in permutations(files):
        assert apply([*order, *order]) == apply(files)
    for order in permutations(files[:3]):
        assert apply([*order, *order]) == cancelled
    assert [entry.is_cancelled for entry in cancelled.values()] == [True]


def test_what_is_taken_back_at_once_is_not_written_about(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
    first = book(place, ada, 24)
    place.clock.forward(seconds=10)
    cancel(place, first)
    second = book(place, ada, 48)
    assert [plainly(mail).splitlines()[0] for mail in got(place)] == [
        "Réservation confirmée : Laser"
    ]
    cancel(place, second)
    place.clock.forward(seconds=10)
    restore(place, second)
    assert got(place) == []


def test_a_member_books_and_cancels_alone_and_is_written_to(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        subscribe(db, place, ada.member_id or "", 300, "atelier")
        place.certify(db, ada.member_id or "", "laser")
    booking = book(place, ada, 24, ada)
    assert len(got(place)) == 1
    cancel(place, booking, ada)
    (mail,) = got(place)
    assert plainly(mail).startswith("Réservation annulée : Laser\n")


def test_a_member_without_an_address_and_a_place_without_mail_write_nothing(
    place: Place, database: Database
) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        nobody = place.account(db, "no", Role.MEMBER, member_id=place.member(db, "No Mail").id)
        subscribe(db, place, ada.member_id or "", 30)
    book(place, nobody, 24)
    without_mail = Place(database, place.clock)
    book(without_mail, ada, 48)
    write_all(without_mail)
    assert written(place) == []


# What ends, and what begins


def test_a_subscription_that_ends_is_written_about_30_and_7_days_before_and_once_it_has(
    place: Place,
) -> None:
    with place.database.write() as db:
        for who in two(db, place):
            subscribe(db, place, who.member_id or "", 30)
    write_all(place)
    mails = sent(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith(
        "Votre abonnement se termine dans 30 jours\n"
        "Votre abonnement « Bureau » est valable jusqu’au 24 décembre à 11:00."
    )
    assert english.startswith(
        "Your subscription ends in 30 days\n"
        "Your “Bureau” subscription is valid until 24 December at 11:00."
    )
    place.clock.forward(days=23)
    write_all(place)
    mails = sent(place)
    assert "se termine dans 7 jours" in read_by(mails, "ada")[0]
    assert "ends in 7 days" in read_by(mails, "bao")[0]
    place.clock.forward(days=7)
    write_all(place)
    mails = sent(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith("Votre abonnement est terminé\n")
    assert "Votre badge fonctionne encore jusqu’au 27 décembre à 11:00." in french
    assert english.startswith("Your subscription has ended\n")
    write_all(place)
    assert sent(place) == []


def test_nobody_is_told_of_an_end_that_another_subscription_follows(place: Place) -> None:
    with place.database.write() as db:
        ada, bao = two(db, place)
        cleo = someone(db, place, "Cleo Sub")
        dora = someone(db, place, "Dora New")
        keys = [subscribe(db, place, who.member_id or "", 30) for who in (ada, bao, cleo)]
        subscribe(db, place, ada.member_id or "", 200, lasts=170)
        subscribe(db, place, bao.member_id or "", 200, "atelier")  # beside it: the other ends
        members.change(
            db, cleo.member_id or "", {"status": "suspended"}, version=None, actor=BOSS, now=NOW
        )
        short = NewSubscription(
            member_id=dora.member_id or "",
            plan_id="bureau",
            valid_from=place.now,
            valid_until=Utc.of(place.now + 30 * DAY),
        )
        subscriptions.create(db, short, actor=BOSS, now=place.now)
    write_all(place)
    assert written(place) == [("subscription_ends", None)]
    with place.database.write() as db:  # prolonged before the mail goes out
        later = {"valid_until": Utc.of(place.now + 400 * DAY).text()}
        subscriptions.change(db, keys[1], later, version=None, actor=BOSS, now=place.now)
    assert sent(place) == []
    assert written(place) == [("subscription_ends", Trouble.LATE)]


def test_a_certification_that_ends_is_written_about_60_and_14_days_before(place: Place) -> None:
    with place.database.write() as db:
        for who in two(db, place):
            place.certify(db, who.member_id or "", "laser")
    place.clock.forward(days=305)
    write_all(place)
    mails = sent(place)
    (french,), (english,) = read_by(mails, "ada"), read_by(mails, "bao")
    assert french.startswith(
        "Laser : votre habilitation se termine dans 60 jours\n"
        "Votre habilitation « Laser » est valable jusqu’au 24 novembre à 11:00."
    )
    assert english.startswith("Laser: your certification ends in 60 days\n")
    assert "talk to a trainer" in english
    place.clock.forward(days=46)
    write_all(place)
    mails = sent(place)
    assert "dans 14 jours" in read_by(mails, "ada")[0]
    assert "in 14 days" in read_by(mails, "bao")[0]


def test_one_that_disuse_ends_is_announced_by_the_days_since_its_last_use(place: Place) -> None:
    with place.database.write() as db:
        ada, bao = two(db, place)
        for who in (ada, bao):
            place.certify(db, who.member_id or "", "laser")
            held = db.get_one(HeldRow, (who.member_id, "laser"))
            held.valid_from = Utc.of(place.now - 900 * DAY)
            held.valid_until = Utc.of(place.now + 14 * DAY)
        laser = db.get_one(CertificationRow, "laser")
        laser.validity_kind, laser.validity_days = ValidityKind.DISUSE, 90
        reason = "broke the mirror"
        member_certifications.suspend(
            db, bao.member_id or "", "laser", reason, actor=BOSS, now=place.now
        )
    write_all(place)
    (mail,) = sent(place)
    assert "Pour la prolonger, utilisez d’ici là une machine qui l’exige." in plainly(mail)
    with place.database.write() as db:
        db.get_one(HeldRow, (ada.member_id, "laser")).valid_until = Utc.of(place.now + 60 * DAY)
    write_all(place)
    assert len(written(place)) == 1, "60 days of 90 are no end that is near"


def test_who_is_enrolled_is_reminded_the_day_before(place: Place) -> None:
    with place.database.write() as db:
        ada, bao = two(db, place)
        cleo = someone(db, place, "Cleo Waits")
        course(db, place)
        found = session(db, place, places=2)
        for who in (ada, bao, cleo):
            enrol(db, place, found.id, who.member_id or "")
        theme = NewCourseSession(
            kind=CourseSessionKind.EVENT,
            site_id=place.site,
            theme="Repair café",
            starts_at=Utc.of(place.now + DAY),
            ends_at=Utc.of(place.now + 1.2 * DAY),
        )
        event = course_sessions.create(db, theme, actor=BOSS, now=place.now)
        enrol(db, place, event.id, ada.member_id or "")
    write_all(place)
    write_all(place)
    mails = sent(place)
    ada_reads, (english,) = sorted(read_by(mails, "ada")), read_by(mails, "bao")
    assert ada_reads[0].startswith(
        "Rappel : Découpe laser, demain à 11:00\n"
        "Nous vous attendons : Découpe laser, demain à 11:00, jusqu’à 14:00."
    )
    assert ada_reads[1].startswith("Rappel : Repair café, demain à 11:00\n")
    assert english.startswith("Reminder: Laser cutting, tomorrow at 11:00\n")
    assert read_by(mails, "cleo") == []


def test_a_session_that_is_called_off_is_not_reminded_of(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        course(db, place)
        found = session(db, place)
        enrol(db, place, found.id, ada.member_id or "")
    write_all(place)
    with place.database.write() as db:
        course_sessions.cancel(db, found.id, actor=BOSS, now=place.now)
    assert [plainly(mail).splitlines()[0] for mail in sent(place)] == [
        "Séance annulée : Découpe laser"
    ]


# Once, in time, and only where they are wanted


def the_jobs(database: Database) -> Database:
    """The same database, of a hub that has these jobs alone."""
    house = House(HOUSE.features, POLICY)
    object.__setattr__(house, "jobs", tuple(job for job in HOUSE.jobs if job.name in REMINDERS))
    return Database(database.engine, house=house, mail_is_on=True)


def run_jobs(place: Place, *holders: str) -> None:
    """As hubs do that have just started, each in a process of its own."""
    with place.database.write() as db:
        past = Utc.of(NOW - 3000 * DAY)
        db.execute(update(JobRow).values(due_at=past, holder=None, until=None))
    runners = [
        JobRunner(
            the_jobs(place.database),
            holder,
            Settings(),
            alarm=set_job_alarm,
            sites=lambda: [place.site],
            clock=place.clock,
        )
        for holder in holders
    ]
    for runner in runners:
        runner.poll()

    def are_done() -> bool:
        with place.database.read() as db:
            states = [state for state in job_rows.states(db) if state.name in REMINDERS]
        return [state.succeeded_at for state in states] == [place.now] * len(REMINDERS)

    until(are_done, "the reminders are not written")


def test_two_hubs_and_a_restart_write_each_cause_once(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        subscribe(db, place, ada.member_id or "", 30)
        place.certify(db, ada.member_id or "", "laser")
        db.get_one(HeldRow, (ada.member_id, "laser")).valid_until = Utc.of(place.now + 60 * DAY)
        db.get_one(HeldRow, (ada.member_id, "laser")).valid_from = Utc.of(place.now - 300 * DAY)
        course(db, place)
        enrol(db, place, session(db, place).id, ada.member_id or "")
    for _ in range(2):
        run_jobs(place, "one", "two")
    write_all(place)  # found again, as after a backup was brought back
    assert sorted(what for what, _trouble in written(place)) == [
        "certification_ends",
        "course_reminder",
        "subscription_ends",
    ]
    place.clock.forward(days=1)
    run_jobs(place, "three")
    assert len(written(place)) == 3


def test_a_clock_that_jumps_does_not_write_hundreds(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        for days in (*range(8, 40), *range(180, 240)):  # one ends each day, around both dates
            subscribe(db, place, ada.member_id or "", days, lasts=1)
            key = place.member(db, f"Member {days}", plan=None).id
            db.get_one(MemberRow, key).email = f"m{days}@example.org"
            subscribe(db, place, key, days)
    run_jobs(place, "one")
    before = len(written(place))
    place.clock.forward(days=200)
    run_jobs(place, "one")
    assert len(written(place)) - before <= 3 * 2, "two days of each kind of letter"
    place.clock.forward(days=-200)
    run_jobs(place, "one")
    assert len(written(place)) - before <= 3 * 2


def test_a_place_turns_a_letter_off_and_on_again(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        subscribe(db, place, ada.member_id or "", 30)
        desk = place.account(db, "desk", Role.DESK)
    write_all(place)
    with place.database.write() as db:
        off = {"is_on": False, "now": place.now}
        site_choices.choose(db, place.site, "subscription_ends", actor=BOSS, **off)  # type: ignore[arg-type]
        site_choices.choose(db, place.site, "booking_confirmed", actor=BOSS, **off)  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            site_choices.choose(db, place.site, "booking_moved", actor=desk, **off)  # type: ignore[arg-type]
        for what in ("called_off", "no_such"):  # what nobody may turn off, or is not there
            with pytest.raises(NotFound):
                site_choices.choose(db, place.site, what, actor=BOSS, **off)  # type: ignore[arg-type]
    booking = book(place, ada, 24)
    assert sent(place) == []
    assert written(place) == [("subscription_ends", Trouble.TURNED_OFF)]
    with place.database.write() as db:
        on = {"is_on": True, "now": place.now}
        site_choices.choose(db, place.site, "booking_confirmed", actor=BOSS, **on)  # type: ignore[arg-type]
    place.clock.forward(minutes=2)
    cancel(place, booking)
    restore(place, booking)
    book(place, ada, 48)
    assert len(got(place)) == 1


def test_a_member_stops_one_kind_and_still_gets_the_others(place: Place) -> None:
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
        stops.unsubscribe(db, "booking_confirmed", stops.digest("ada@example.org"), now=place.now)
    booking = book(place, ada, 24)
    assert got(place) == []
    cancel(place, booking)
    (mail,) = got(place)
    assert "List-Unsubscribe" in mail
    assert plainly(mail).startswith("Réservation annulée : Laser\n")


def test_in_quiet_hours_only_what_cannot_wait_is_sent(place: Place) -> None:
    place.clock.forward(hours=11)  # 22:00 in Paris
    with place.database.write() as db:
        ada = someone(db, place, "Ada Both")
    booking = book(place, ada, 24)
    place.clock.forward(minutes=2)
    assert sent(place, quiet="21:00-07:00") == []
    move(place, booking, 12)
    place.clock.forward(minutes=2)
    (mail,) = sent(place, quiet="21:00-07:00")
    assert plainly(mail).startswith("Réservation déplacée : Laser\n")
    place.clock.forward(hours=10)
    assert sent(place, quiet="21:00-07:00") == [], "its time is not this any more"
