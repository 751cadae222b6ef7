"""Names, letters and badge numbers: what the desk writes there deceives nobody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.activity import digest_mail
from controller.capabilities.audit import reading
from controller.capabilities.audit.reading import Filter
from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.namesakes import distinctions
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines import device_commands
from controller.capabilities.members import members
from controller.capabilities.members.changes import NeedsAdmin
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.training import course_sessions
from controller.capabilities.training.messages import NamedTrainerMessage
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.message import strip_links
from controller.kernel.models import AuditEntry
from controller.kernel.names import names_of
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.machines.commands import online
from tests.integrations.mail.letters import plainly, sent
from tests.security.desk.conftest import letters

SECOND, THIRD = "uid:04AA00000000F1", "uid:04AA00000000F2"


def rename(db: Session, place: Place, member: str, name: str, actor: Actor) -> None:
    patch = {"display_name": name}
    members.change(db, member, patch, version=None, actor=actor, now=place.now)


def give(db: Session, place: Place, member: str, value: str, actor: Actor, **how: Any) -> str:
    new = NewCredential(member_id=member, value=value, **how)
    return credentials.create(db, new, vault=VAULT, actor=actor, now=place.now).id


def test_a_name_of_staff_is_an_admins_and_the_audit_names_the_login(place: Place) -> None:
    with place.database.write() as db:
        karim, chloe, zoe = (place.member(db, name).id for name in ("Karim", "Chloé", "Zoé"))
        desk = place.account(db, "desk2@example.org", Role.DESK, member_id=karim)
        place.account(db, "manager@example.org", Role.MANAGER, member_id=chloe)
        with pytest.raises(NeedsAdmin), db.begin_nested():
            rename(db, place, chloe, "Karim", desk)
        rename(db, place, zoe, "Karim", desk)
        rename(db, place, karim, "chloé", BOSS)
    with place.database.read() as db:
        about = AuditEntry.subject == f"member:{karim}"
        written = audit.with_notes().where(about, AuditEntry.action == "member_changed")
        entry = audit.shape(*db.execute(written).one())
        assert entry.detail == {"renamed": True, "same_name": True}
        assert entry.reason == "Karim → chloé"
        told, _next = reading.page(db, Filter(actor=desk.ref), actor=BOSS)
        assert {entry.actor_name for entry in told} == {"chloé (desk2@example.org)"}
        named = dict(reading.actors(db, place.site, actor=BOSS))
        assert named[desk.ref] == "chloé (desk2@example.org)"


def test_a_token_of_nobodys_account_has_no_persons_name(place: Place) -> None:
    """The desk calls its token as a manager is called, and acts by it."""
    with place.database.write() as db:
        karim = place.member(db, "Karim").id
        refs = []
        for login, member in (("desk@example.org", None), ("karim@example.org", karim)):
            account = place.account(db, login, Role.DESK, member_id=member)
            assert account.account_id is not None
            made = tokens.add(db, account.account_id, "Chloé", HOUSE.permissions, place.now, BOSS)
            refs.append(f"token:{made[0].id}")
        acting = [replace(account, ref=ref) for ref in refs]
        for actor, name in zip(acting, ("Zoé", "Ami"), strict=True):
            new = NewMember(display_name=name, site_id=place.site)
            members.create(db, new, actor=actor, now=place.now)
    with place.database.read() as db:
        named = names_of(db, refs)
        assert [named[ref] for ref in refs] == ["API · desk@example.org · Chloé", "Karim"]
        told = [reading.page(db, Filter(actor=ref), actor=BOSS)[0][0].actor_name for ref in refs]
    assert told == ["API · desk@example.org · Chloé", "Karim"]


def test_whoever_is_renamed_by_somebody_else_is_written_to(place: Place) -> None:
    """The desk changes the names of two members around: each is asked for what the other owes."""
    with place.database.write() as db:
        zoe, ami = (place.member(db, name).id for name in ("Zoé", "Ami"))
        members.change(
            db, zoe, {"email": "zoe@example.org"}, version=None, actor=BOSS, now=place.now
        )
        place.account(db, "ami@example.org", Role.MEMBER, member_id=ami)
        desk = place.account(db, "desk", Role.DESK)
        rename(db, place, zoe, "Ami", desk)
        rename(db, place, ami, "Zoé", desk)
    assert letters(place, "name_changed") == [("zoe@example.org", {}), ("ami@example.org", {})]


def test_a_name_that_looks_like_another_is_marked_as_one(place: Place) -> None:
    """Otherwise the treasurer notes in the friend's row what the other paid."""
    with place.database.write() as db:
        nadia, friend = (place.member(db, name).id for name in ("Nadia Roux", "Olga"))
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Invalid, match="several scripts"):
            rename(db, place, friend, "N\u0430dia Roux", desk)
        with pytest.raises(Invalid, match="U\\+2800"):
            rename(db, place, friend, "Nadia\u2800Roux", desk)
        with pytest.raises(Invalid, match="U\\+00AD"):
            rename(db, place, friend, "Nadia\u00ad Roux", desk)
        rename(db, place, friend, "Nadia Roux.", desk)
        people = {row.id: row.display_name for row in db.query(MemberRow)}
        assert distinctions(db, people, zone=ZoneInfo("Europe/Paris")).keys() == {nadia, friend}
        row = db.get_one(MemberRow, friend)
        assert members.has_namesake(db, row.id)


FIELDS_OF_NOTICES = {
    "ending",  # four characters of a badge's number
    "how",  # a code
    "login",  # admins'
    "provider",  # in the configuration
    "zone machine certification course",  # managers'
    "at opened_at starts_at ends_at expires_at",  # times
}
"""What letters that nobody can stop may quote, as nobody at the desk has typed it."""


def test_no_notice_quotes_what_the_desk_has_typed() -> None:
    """It would pick words with which the letter ends among spam, and is read by nobody."""
    known = {name for names in FIELDS_OF_NOTICES for name in names.split()}
    notices = [HOUSE.messages.kind(what) for what in HOUSE.messages.titles]
    fields = {
        (kind.WHAT, name)
        for kind in notices
        if kind is not None and not kind.MAY_STOP
        for name in kind.__struct_fields__
    }
    assert ("badge", "ending") in fields
    assert {(what, name) for what, name in fields if name not in known} == set()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Confirmez sur https://evil.example/loquet ce soir", "Confirmez sur […] ce soir"),
        ("www.evil.example", "[…]"),
        ("voir evil.example/x", "voir […]"),
        ("evil.example?x=1 evil.example:443 evil.example#x", "[…] […] […]"),
        ("evil.example:443/x, 192.0.2.7/x 192.0.2.7:8080", "[…] […] […]"),
        ("x@evil.example/y évil.example/y", "x@[…] […]"),
        (
            "Voir evil.fr. Ou (login.EVIL.Fr), évil.xn--p1ai",
            "Voir evil[.]fr. Ou (login.EVIL[.]Fr), évil[.]xn--p1ai",
        ),
        (
            "@evil.fr https:evil.fr evil。fr a.evil.fr",
            "@evil[.]fr https:evil[.]fr evil[.]fr a.evil[.]fr",
        ),
        ("Voir...evil.fr ou (..evil.fr/x)", "Voir...evil[.]fr ou (..[…]"),
        ("plan.ai, notes.md", "plan[.]ai, notes[.]md"),
        (
            "zoe.martin@example.org, z+a@mail.example.org.",
            "zoe.martin@example.org, z+a@mail.example.org.",
        ),
        ("Bois/métal, M. Dupont, 9 h.", "Bois/métal, M. Dupont, 9 h."),
        ("M.Durand, J.-P.Roux, J.P.Roux?", "M.Durand, J.-P.Roux, J.P.Roux?"),
        ("3.5.kg, 12.50.mm, 1.2.3, v2.0, i3.mk3", "3.5.kg, 12.50.mm, 1.2.3, v2.0, i3.mk3"),
        ("piece-v2.STL, plan.final.dxf, etc.", "piece-v2.STL, plan.final.dxf, etc."),
    ],
)
def test_what_is_typed_into_a_letter_leads_nowhere(typed: str, said: str) -> None:
    assert strip_links(typed) == said


def test_nor_does_what_people_typed_in_the_list_of_the_morning(place: Place) -> None:
    """The letter is Loquet's own, to managers and admins; a report is by anyone who passes."""
    with place.database.write() as db:
        boss = place.account(db, "boss@example.org", Role.MANAGER)
        digest_mail.choose(db, place.site, wanted=True, actor=boss, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        friend = place.member(db, "Loquet : confirmez https://evil.example/reset", plan=None).id
        soon = Utc.of(place.now + timedelta(days=3))
        new = NewSubscription(
            member_id=friend, plan_id="atelier", valid_from=place.now, valid_until=soon
        )
        subscriptions.create(db, new, actor=desk, now=place.now)
        course = NewCourseSession(
            kind=CourseSessionKind.WORKSHOP,
            starts_at=soon,
            ends_at=Utc.of(soon + timedelta(hours=2)),
            places=6,
            theme="Sauvegarde échouée : www.evil.example",
            site_id=place.site,
        )
        course_sessions.create(db, course, actor=desk, now=place.now)
        what = "Mise à jour : evil.example/maj"
        report = NewUserReport(kind=ToldKind.FAULT, access_point="laser-1", text=what)
        user_reports.create(db, report, actor=desk, now=place.now)
        morning = Utc.of(place.now + timedelta(hours=20))
        digest_mail.write_all(db, place.site, morning, now=morning)
    place.clock.now = morning
    (mail,) = [mail for mail in sent(place) if mail["To"] == "boss@example.org"]
    text = plainly(mail)
    assert "Loquet : confirmez […]" in text
    assert "Sauvegarde échouée : […]" in text
    assert "Mise à jour : […]" in text
    assert "evil" not in text + plainly(mail, "html")


def test_no_notice_waits_for_the_end_of_the_quiet_hours() -> None:
    """A session in a trainer's name at 21:05 is over when they read of it."""
    kinds = [HOUSE.messages.kind(what) for what in HOUSE.messages.titles]
    notices = [kind for kind in kinds if kind is not None and not kind.MAY_STOP]
    assert NamedTrainerMessage in notices
    assert [kind.WHAT for kind in notices if not kind.URGENT] == []


def test_who_notices_no_letter_gets_a_second_badge_by_who_may_certify(place: Place) -> None:
    with place.database.write() as db:
        zoe, desk = place.member(db, "Zoé").id, place.account(db, "desk", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        place.clock.forward(days=1)
        first = give(db, place, zoe, SECOND, desk)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            give(db, place, zoe, THIRD, desk)
        for end in (None, Utc.of(place.now + timedelta(days=2))):
            with pytest.raises(Forbidden, match="certify"), db.begin_nested():
                give(db, place, zoe, THIRD, desk, lent=True, valid_until=end)
        tonight = Utc.of(place.now + timedelta(hours=9))
        loan = give(db, place, zoe, THIRD, desk, lent=True, valid_until=tonight)
        longer = {"valid_until": Utc.of(place.now + timedelta(days=900)).text()}
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            credentials.change(db, loan, longer, version=None, actor=desk, now=place.now)
        credentials.return_badge(db, loan, actor=desk, now=place.now)
        give(db, place, zoe, THIRD, boss)
        credentials.suspend(db, first, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            credentials.restore(db, first, actor=desk, now=place.now)
        for email in ("desk@example.org", "zoe@example.org"):
            place.clock.forward(minutes=1)
            patch = {"email": email}
            members.change(db, zoe, patch, version=None, actor=desk, now=place.now)
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            credentials.restore(db, first, actor=desk, now=place.now)  # a letter to the desk itself
        place.clock.forward(days=31)
        credentials.restore(db, first, actor=desk, now=place.now)


def test_a_returned_badge_is_not_put_back_beside_another(place: Place) -> None:
    with place.database.write() as db:
        zoe, desk = place.member(db, "Zoé").id, place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)
        first = give(db, place, zoe, SECOND, desk)
    with place.database.write() as db:
        receipt = badge_return.return_with_receipt(
            db, first, vault=VAULT, actor=desk, now=place.now
        )
    with place.database.write() as db:
        give(db, place, zoe, THIRD, desk)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            badge_return.undo_return(db, receipt, zoe, vault=VAULT, actor=desk, now=place.now)


def test_nobody_restores_their_own_badge(place: Place) -> None:
    with place.database.write() as db:
        karim = place.member(db, "Karim").id
        desk = place.account(db, "desk", Role.DESK, member_id=karim)
        badge = give(db, place, karim, SECOND, BOSS)
        credentials.suspend(db, badge, actor=BOSS, now=place.now)
        with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
            credentials.restore(db, badge, actor=desk, now=place.now)


def test_a_badge_that_is_read_instead_of_judged_is_in_the_audit(place: Place) -> None:
    with place.database.write() as db:
        online(db)
        desk = place.account(db, "desk", Role.DESK)
        device_commands.read_credential(db, "laser-1", actor=desk, now=place.now)
    with place.database.read() as db:
        asked = select(AuditEntry.actor).where(
            AuditEntry.action == "read_credential_asked",
            AuditEntry.subject == "access_point:laser-1",
        )
        assert db.scalars(asked).all() == [desk.ref]
