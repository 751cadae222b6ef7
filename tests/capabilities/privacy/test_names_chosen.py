"""Whoever chooses a name, and has it erased, changes nothing that others wrote."""

import dataclasses

import pytest
from sqlalchemy import select

from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow, TariffRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberSuspension
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.places import sites, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.training import certifications
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import NewCertification
from controller.capabilities.user_reports.models import HandoverNote
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.models import AuditNote
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.privacy.lived import SYSTEM, Lived
from tests.hub.world import SITE

CHOSEN = "Plainte Déposée"
SAID = f"Vol, voir {CHOSEN.lower()} au commissariat"
ANNEXE = "annexe"
MANAGER = Actor(ref="account:m", roles={SITE: frozenset({Role.MANAGER})})
OF_BOTH = Actor(ref="account:b", roles={key: frozenset({Role.DPO}) for key in (SITE, ANNEXE)})
DPO = Actor(ref="account:d", roles={SITE: frozenset({Role.DPO})})


def note(lived: Lived, site: str, at: Utc) -> HandoverNote:
    return HandoverNote(id=uuid7(), site_id=site, text=SAID, created_by="account:x", created_at=at)


def payment(lived: Lived, site: str, **values: str) -> PaymentRow:
    return PaymentRow(
        id=uuid7(),
        site_id=site,
        year=2026,
        receipt=1,
        day=lived.clock.now.date(),
        at=lived.clock.now,
        month="2026-03",
        member_id=lived.ids["ali"],
        means=Means.CHEQUE,
        amount_cents=Cents(100),
        by="account:x",
        **values,
    )


def write_at_the_annexe(lived: Lived) -> None:
    """What its people say has nothing to do with anybody of the other site."""
    now = lived.clock.now
    with lived.database.write() as db:
        sites.create(db, NewSite(id=ANNEXE, name=Label(fr="Annexe")), actor=SYSTEM, now=now)
        zone = NewZone(id="studio", name=Label(fr=CHOSEN), site_id=ANNEXE)
        zones.create(db, zone, actor=SYSTEM, now=now)
        new = NewCertification(id="podcast", name=Label(fr=CHOSEN), site_id=ANNEXE)
        certifications.create(db, new, actor=SYSTEM, now=now)
        zed = members.create(
            db, NewMember(display_name="Zed", site_id=ANNEXE), actor=SYSTEM, now=now
        )
        members.suspend(db, zed.id, SAID, actor=SYSTEM, now=now)
        db.add(payment(lived, ANNEXE, reason=SAID, reference=SAID))
        db.add(note(lived, ANNEXE, now))
        audit.record(db, SYSTEM, now, "payment_taken_back", "payment:x", ANNEXE, reason=SAID)
        tariff = TariffRow(
            id=uuid7(),
            site_id=ANNEXE,
            number=1,
            valid_from=now.date(),
            decision=SAID,
            vat_permille=0,
            vat_ground=SAID,
            rates=[],
            created_by="account:x",
            created_at=now,
        )
        db.add(tariff)


def said(lived: Lived) -> list[str]:
    """All of it."""
    wanted = (
        *(ZoneRow.name, CertificationRow.name, TariffRow.decision, TariffRow.vat_ground),
        *(MemberSuspension.reason, PaymentRow.reason, PaymentRow.reference),
        *(HandoverNote.text, AuditNote.text),
    )
    with lived.database.read() as db:
        texts = (str(text) for column in wanted for text in db.scalars(select(column)))
        return sorted(text for text in texts if CHOSEN.lower() in text.lower())


def erased(lived: Lived, key: str, actor: Actor, *also: str) -> None:
    with lived.database.write() as db:
        new = erase.Erasure(reason="asked for by letter", also=also)
        erase.erase(db, key, new, actor=actor, now=lived.clock.now)


@pytest.mark.parametrize("is_known_there", [False, True])
def test_a_name_of_common_words_changes_nothing_elsewhere(
    lived: Lived, is_known_there: bool
) -> None:
    """A manager of one site makes a member of that name, lets some time pass, and erases it.

    Known at the other site too, as the home site alone says, but nothing of theirs is there.
    """
    now = lived.clock.now
    with lived.database.write() as db:
        db.add(note(lived, SITE, now))
        new = NewMember(display_name=CHOSEN, site_id=SITE)
        lived.clock.forward(hours=1)
        key = members.create(db, new, actor=MANAGER, now=lived.clock.now).id
    write_at_the_annexe(lived)
    if is_known_there:
        with lived.database.write() as db:
            patch = {"also_at": [ANNEXE]}
            members.change(db, key, patch, version=None, actor=MANAGER, now=lived.clock.now)
            db.add(note(lived, ANNEXE, lived.clock.now))
    with lived.database.write() as db:  # at home too, what is proof of something else stays
        db.add(payment(lived, SITE, reason=SAID))
        audit.record(db, SYSTEM, now, "member_suspended", "member:x", SITE, reason=SAID)
    before = said(lived)
    assert len(before) == 12 + is_known_there
    with lived.database.read() as db:
        shown = {
            who.ref: sorted(
                place.what
                for place in erase.preview(db, key, actor=who, now=lived.clock.now).doubtful
            )
            for who in (MANAGER, DPO, OF_BOTH)
        }
    assert shown[MANAGER.ref] == ["handover_note"], "no proof, which a manager does not even read"
    assert shown[DPO.ref] == ["audit_note", "handover_note", "payment"]
    assert set(shown[OF_BOTH.ref]) > {"zone", "certification", "tariff", "member_suspension"}
    erased(lived, key, MANAGER)
    assert said(lived) == before


def test_what_is_said_to_mean_them_goes_from_a_room_too(lived: Lived) -> None:
    with lived.database.write() as db:
        zones.create(
            db,
            NewZone(id="q", name=Label(fr=CHOSEN), site_id=SITE),
            actor=SYSTEM,
            now=lived.clock.now,
        )
        key = members.create(
            db, NewMember(display_name=CHOSEN, site_id=SITE), actor=MANAGER, now=lived.clock.now
        ).id
    erased(lived, key, MANAGER, "zone/q")
    with lived.database.read() as db:
        assert db.get_one(ZoneRow, "q").name == {"fr": "[…]"}


@pytest.mark.parametrize(
    "patch",
    [
        {"display_name": CHOSEN},
        {"email": "plainte.deposee@example.org"},
        {"guardian": {"name": CHOSEN, "phone": "0612345678"}},
        {"emergency_contact": CHOSEN},
    ],
)
def test_what_the_desk_writes_into_a_friends_record_is_no_name_of_theirs(
    lived: Lived, patch: object
) -> None:
    """Then the friend erases themselves, the same week."""
    zoe, desk = lived.ids["zoe"], Actor(ref="account:d", roles={SITE: frozenset({Role.DESK})})
    with lived.database.write() as db:
        members.change(db, zoe, patch, version=None, actor=desk, now=lived.clock.now)
    now = lived.clock.forward(hours=1)
    with lived.database.write() as db:
        db.add(note(lived, SITE, now))
        db.add(payment(lived, SITE, reason=SAID))
        audit.record(db, SYSTEM, now, "remitted", "charge:x", SITE, reason=SAID)
    before = said(lived)
    lived.clock.forward(days=6)
    erased(lived, zoe, Actor(ref="account:z", member_id=zoe))
    assert [text for text in before if "→" not in text] == said(lived)


def test_a_name_that_has_settled_goes(lived: Lived) -> None:
    zoe, desk = lived.ids["zoe"], Actor(ref="account:d", roles={SITE: frozenset({Role.DESK})})
    with lived.database.write() as db:
        db.add(note(lived, SITE, lived.clock.now))
        lived.clock.forward(hours=1)
        patch = {"display_name": CHOSEN}
        members.change(db, zoe, patch, version=None, actor=desk, now=lived.clock.now)
        lived.clock.forward(days=40)
        db.add(note(lived, SITE, lived.clock.now))
    erased(lived, zoe, dataclasses.replace(MANAGER, ref="account:z"))
    assert said(lived) == [SAID], "the older one is somebody else's"


def test_letters_to_an_address_that_is_not_theirs_stay(lived: Lived) -> None:
    """A guardian's, or one that somebody else signs in with."""
    other = "boss@example.org"
    lived.account(other, Role.MANAGER)
    now = lived.clock.now
    with lived.database.write() as db:
        patch = {
            "email": other,
            "guardian": {"name": "X", "phone": "0612345678", "email": "g@example.org"},
        }
        members.change(db, lived.ids["zoe"], patch, version=None, actor=SYSTEM, now=now)
        for address in (other, "g@example.org"):
            db.add(
                MessageRow(
                    id=uuid7(),
                    site_id=SITE,
                    what="x",
                    key=address,
                    detail={},
                    address=address,
                    language=Language.FR,
                    written_at=now,
                    attempts=0,
                )
            )
    lived.clock.forward(days=40)
    erased(lived, lived.ids["zoe"], MANAGER)
    with lived.database.read() as db:
        left = select(MessageRow.address).where(MessageRow.what == "x")
        assert set(db.scalars(left)) == {other, "g@example.org"}
