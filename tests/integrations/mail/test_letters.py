"""What features write, as it arrives: the list of the morning, what is free, a statement."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.activity import digest_mail
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.billing import providers, statement_link, statements
from controller.capabilities.billing import statement_mail as statements_by_mail
from controller.capabilities.billing.shapes import CloseMonth
from controller.capabilities.bookings import wishes
from controller.capabilities.bookings.models import WishRow
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members import record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import Trouble
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import NOVEMBER, ended, follow, set_tariff
from tests.capabilities.bookings.missed import hear
from tests.capabilities.conftest import BOSS, NOW, Place, clock, database, live, place
from tests.integrations.mail.letters import person, plainly, sent
from tests.integrations.mail.mail import SECRET, URL

__all__ = ["clock", "database", "live", "place"]

MORNING = Utc.parse("2026-11-25T06:00:00.000Z")
DAY = timedelta(days=1)


def a_reader(place: Place, db: Session, login: str, *roles: Role) -> Actor:
    who = place.account(db, login, *roles)
    digest_mail.choose(db, place.site, wanted=True, actor=who, now=place.now)
    return who


def test_the_list_of_the_morning_goes_to_who_asked_for_it_and_may_read_it(place: Place) -> None:
    with place.database.write() as db:
        backups.record_backup(db, BOSS, place.now)  # without it, that waits
    with place.database.write() as db:
        boss = a_reader(place, db, "boss@example.org", Role.MANAGER)
        quit_ = a_reader(place, db, "quit@example.org", Role.MANAGER)
        digest_mail.choose(db, place.site, wanted=False, actor=quit_, now=place.now)
        place.account(db, "never@example.org", Role.MANAGER)
        lost = a_reader(place, db, "lost@example.org", Role.MANAGER)
        with pytest.raises(Conflict):  # no address
            a_reader(place, db, "nowhere", Role.MANAGER)
        with pytest.raises(Forbidden):
            a_reader(place, db, "desk@example.org", Role.DESK)
        digest_mail.write_all(db, place.site, Utc.of(MORNING - DAY), now=MORNING)
        assert not db.query(MessageRow).count(), "nothing waits"
        detail = {"key": "forced", "kind": "door_forced", "access_point": "laser-1", "detail": {}}
        set_alarm(db, site_id=place.site, is_on=True, now=place.now, **detail)  # type: ignore[arg-type]
        for _ in range(2):  # the job is done again after a crash
            digest_mail.write_all(db, place.site, MORNING, now=MORNING)
        assert {message.address for message in db.query(MessageRow)} == {
            "boss@example.org",
            "lost@example.org",
        }
        assert "Laser" not in str([message.detail for message in db.query(MessageRow)])
        db.get_one(AccountRow, lost.account_id).disabled_at = place.now
    place.clock.now = MORNING
    (mail,) = sent(place)
    assert mail["To"] == "boss@example.org"
    text, page = plainly(mail), plainly(mail, "html")
    assert text.startswith(
        "Ici : ce qui s’est passé depuis hier à 07:00\n1 à faire, 0 pour information."
    )
    assert "Pannes et alarmes\n- Laser : Porte forcée · " in text
    assert "<li><b>Laser : Porte forcée</b> · " in page
    assert f"{URL}/since" in text
    assert "List-Unsubscribe" in mail
    with place.database.write() as db:
        stops.unsubscribe(db, "digest", stops.digest("boss@example.org"), now=place.now)
        assert not digest_mail.is_wanted(db, "boss@example.org")
        assert digest_mail.address(db, actor=boss) == "boss@example.org"
        digest_mail.write_all(db, place.site, Utc.of(MORNING + DAY), now=Utc.of(MORNING + DAY))
    assert sent(place) == []


def is_(db: Session, place: Place, state: str) -> None:
    """What the laser was last told to be."""
    row = db.get(PointStateRow, "laser-1") or PointStateRow(
        access_point_id="laser-1",
        agent_id="pi",
        since=place.now,
        available=True,
        warning=False,
        faults=[],
        received_at=place.now,
    )
    row.state = state
    db.add(row)
    db.flush()


def test_who_waits_for_a_machine_is_written_to_once_it_is_free(place: Place) -> None:
    with place.database.write() as db:
        hear(db, place, online=True)
        is_(db, place, "running")
        people = [
            person(place, db, "Ada Both"),
            person(place, db, "Bao Tran", Language.EN),
            person(place, db, "Cleo Read"),
        ]
        for actor in people:
            wishes.wish_for_machine(db, place.site, "laser-1", actor=actor, now=place.now)
        wishes.check_wishes(db, place.now)
        assert not db.query(MessageRow).count()
        is_(db, place, "off")
        wishes.check_wishes(db, place.now)
        wishes.check_wishes(db, place.now)
        read = db.query(WishRow).filter_by(member_id=people[2].member_id).one()
        wishes.drop(db, read.id, actor=people[2])  # read at the desk before the mail goes out
    ada, bao = sorted(sent(place), key=lambda mail: str(mail["To"]))
    assert plainly(ada).startswith("C’est libre : Laser\nLaser s’est libérée aujourd’hui à 11:00.")
    assert plainly(bao).startswith("It is free: Laser\nLaser became free today at 11:00.")
    assert f"{URL}/mine" in plainly(ada)
    with place.database.write() as db:
        troubles = {message.member_id: message.trouble for message in db.query(MessageRow)}
        assert troubles[people[2].member_id] == Trouble.LATE
        wishes.wish_for_machine(
            db, place.site, "laser-1", actor=people[0], now=place.clock.forward(hours=1)
        )
        wishes.check_wishes(db, place.now)
    assert [mail["To"] for mail in sent(place)] == ["ada@example.org"], "asked for anew"


def test_an_organisation_gets_its_statement_where_it_has_a_mailbox_for_them(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        who = db.get_one(MemberRow, place.member(db, "Ada Both").id).ref
        clubs = [
            organisations.create(
                db, NewOrganisation(name=Label(fr=name), site_id=place.site), actor=BOSS, now=NOW
            ).id
            for name in ("Récup’Art", "Repair", "Quiet")
        ]
        for club, email in zip(
            clubs, ("compta@recup.example", None, "no@quiet.example"), strict=True
        ):
            said = {"email": email}
            providers.change_invoicing(db, club, said, version=0, actor=BOSS, now=NOW)
            ended(db, who, 65, organisation_id=club)
        stops.unsubscribe(db, "organisation_statement", stops.digest("no@quiet.example"), now=NOW)
    follow(place)
    place.clock.now = Utc.parse("2026-12-02T09:00:00.000Z")
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=NOVEMBER, site_id="here"), actor=BOSS, now=place.now)
    (letter,) = sent(place)
    assert letter["To"] == "compta@recup.example"
    text = plainly(letter)
    assert text.startswith("Ici : relevé de novembre 2026 pour Récup’Art\nRelevé n° 2026-11-00")
    assert "Reste dû : 5,00 €" in text
    link = re.findall(rf"{URL}(/statement/\S+)", text)
    with place.database.read() as db:
        statement, secret = link[0].removeprefix("/statement/").split("/")
        found = statement_link.read(db, statement, secret, web_secret=SECRET, now=place.now)
    assert (found.payer.name, found.total_cents) == ({"fr": "Récup’Art"}, 500)


def test_nobody_is_told_at_night_nor_when_it_is_no_news(place: Place) -> None:
    with place.database.write() as db:
        hear(db, place, online=True)
        is_(db, place, "off")
        ada = person(place, db, "Ada Both")
        place.clock.forward(hours=11)  # 22:00 in Paris
        wishes.wish_for_machine(db, place.site, "laser-1", actor=ada, now=place.now)
        wishes.check_wishes(db, place.now)
    assert sent(place, quiet="21:00-07:00") == []
    place.clock.forward(hours=9)
    assert len(sent(place, quiet="21:00-07:00")) == 1
    with place.database.write() as db:
        wishes.wish_for_machine(db, place.site, "laser-1", actor=ada, now=place.now)
        wishes.check_wishes(db, place.now)
    place.clock.forward(hours=25)
    assert sent(place) == [], "it was free yesterday"


def test_whoever_chose_statements_by_mail_still_gets_them_once_their_records_are_merged(
    place: Place,
) -> None:
    with place.database.write() as db:
        ada, friend = person(place, db, "Ada Both"), person(place, db, "Dora Fr")
        old = place.member(db, "Ada B", plan=None).id
        for key in (old, str(friend.member_id)):
            address = db.get_one(MemberRow, ada.member_id).email
            db.get_one(MemberRow, key).email = address
        db.flush()
        statements_by_mail.choose(db, place.site, wanted=True, actor=ada, now=place.now)
        other = replace(ada, member_id=old)
        assert statements_by_mail.is_wanted(db, actor=other) is False
        record_merge.merge(db, old, str(ada.member_id), actor=BOSS, now=place.now)
        assert statements_by_mail.is_wanted(db, actor=other) is True
        assert statements_by_mail.is_wanted(db, actor=friend) is False


def test_a_statement_comes_by_mail_to_who_asked_when_the_month_is_closed(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        people = [
            person(place, db, "Ada Both"),
            person(place, db, "Bao Tran", Language.EN),
            person(place, db, "Cleo None"),
        ]
        for actor in people[:2]:
            assert statements_by_mail.is_wanted(db, actor=actor) is False
            statements_by_mail.choose(db, place.site, wanted=True, actor=actor, now=place.now)
            assert statements_by_mail.is_wanted(db, actor=actor) is True
        friend = person(place, db, "Dora Fr")  # with Ada's address
        address = db.get_one(MemberRow, people[0].member_id).email
        db.get_one(MemberRow, friend.member_id).email = address
        db.flush()
        assert statements_by_mail.is_wanted(db, actor=friend) is False
        statements_by_mail.choose(db, place.site, wanted=False, actor=friend, now=place.now)
        assert statements_by_mail.is_wanted(db, actor=people[0]) is True
        people.append(friend)
        for actor in people:
            ended(db, db.get_one(MemberRow, actor.member_id).ref, 65)
    follow(place)
    place.clock.now = Utc.parse("2026-12-02T09:00:00.000Z")
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=NOVEMBER, site_id="here"), actor=BOSS, now=place.now)
    ada, bao = sorted(sent(place), key=lambda mail: str(mail["To"]))
    text = plainly(ada)
    assert text.startswith("Ici : votre relevé de novembre 2026\nRelevé n° 2026-11-00")
    assert "Reste dû : " in text
    assert f"{URL}/mine/statements/2026-11" in text
    assert plainly(bao).startswith("Ici: your statement of November 2026\n")
    assert "Still owed: €" in plainly(bao)
