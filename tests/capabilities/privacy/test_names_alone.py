"""A surname alone goes where it leads to one person; else whoever erases is asked."""

import pytest
from sqlalchemy import select

from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.members import members, search
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.privacy.erasure.texts import Place
from controller.capabilities.user_reports.models import HandoverNote
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.models import AuditNote
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.privacy.lived import SYSTEM, Lived
from tests.hub.fake_agent import START
from tests.hub.world import SITE

REASON = "asked for by letter on 12 March"
RARE, SHARED, ORDINARY = "Zénobie Quatremer", "Zénobie Benali", "Anne Petit"
CLUB = "Club robotique du canal"


def named(lived: Lived, name: str) -> None:
    with lived.database.write() as db:
        row = db.get_one(MemberRow, lived.ids["zoe"])
        row.display_name, row.email, row.guardian_name, row.guardian_email = name, None, None, None
        search.index(db, row.id, name, None)


def noted(lived: Lived, text: str, site: str = SITE) -> str:
    with lived.database.write() as db:
        note = HandoverNote(
            id=uuid7(), site_id=site, text=text, created_by="account:x", created_at=START
        )
        db.add(note)
        return note.id


def doubtful(lived: Lived) -> list[Place]:
    with lived.database.read() as db:
        found = erase.preview(db, lived.ids["zoe"], actor=SYSTEM, now=lived.clock.now)
    return [place for place in found.doubtful if place.what == "handover_note"]


def erased(lived: Lived, note: str, *also: str) -> str:
    """What a note says after it."""
    with lived.database.write() as db:
        new = erase.Erasure(reason=REASON, also=also)
        erase.erase(db, lived.ids["zoe"], new, actor=SYSTEM, now=lived.clock.now)
    with lived.database.read() as db:
        return db.get_one(HandoverNote, note).text


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        (RARE, "rappeler quatrémer, ou zenobie.quatremer", "rappeler […], ou […]"),
        (RARE, "Les Quatremers et Zénobienne", "Les Quatremers et Zénobienne"),
        (RARE, "QUATREMER Zénobie : 12 €", "[…] : 12 €"),
        ("MARIE Jean-Luc", "voir Jean-Luc Marie, jean_luc_marie.stl", "voir […], […].stl"),
        ("Anna Maria Quatremer", "Anna Quatremer, quatremer anna", "[…], […]"),
        (ORDINARY, "un petit retard ; petit anne", "un petit retard ; […]"),
        (CLUB, "le canal appelle le Club Robotique du canal", "le canal appelle le […]"),
    ],
)
def test_what_leads_to_one_person_goes(lived: Lived, name: str, text: str, after: str) -> None:
    named(lived, name)
    note = noted(lived, text)
    assert doubtful(lived) == []
    assert erased(lived, note) == after


@pytest.mark.parametrize(
    ("name", "text", "chosen"),
    [
        (SHARED, "M. Benali rappelle", "M. […] rappelle"),
        (ORDINARY, "Mme Petit a un petit retard", "Mme […] a un petit retard"),
        (RARE, "Zénobie est passée", "[…] est passée"),
    ],
)
@pytest.mark.parametrize("is_chosen", [False, True])
def test_what_may_be_something_else_is_shown_and_a_person_decides(
    lived: Lived, name: str, text: str, chosen: str, is_chosen: bool
) -> None:
    named(lived, name)
    note, other = noted(lived, text), noted(lived, text)
    shown = doubtful(lived)
    assert sorted(place.text for place in shown) == [text, text]
    (place,) = (place for place in shown if place.id == f"handover_note/{note}")
    assert erased(lived, note, *([place.id] if is_chosen else [])) == (
        chosen if is_chosen else text
    )
    with lived.database.read() as db:
        assert db.get_one(HandoverNote, other).text == text


def test_a_surname_that_the_place_uses_for_a_room_is_shown(lived: Lived) -> None:
    named(lived, RARE)
    with lived.database.write() as db:
        zone = NewZone(id="salle-q", name=Label(fr="Salle Quatremer"), site_id=SITE)
        zones.create(db, zone, actor=SYSTEM, now=START)
    note = noted(lived, "fuite salle Quatremer")
    assert [place.id for place in doubtful(lived)] == [f"handover_note/{note}"]
    assert erased(lived, note) == "fuite salle Quatremer"


def test_of_their_own_payments_only_the_numbers_stay(lived: Lived) -> None:
    named(lived, SHARED)
    references = {"theirs": "chèque 0012345 du 3/3, m. benali (Z.)", "ali": "chèque 77, M. Benali"}
    with lived.database.write() as db:
        for number, (who, text) in enumerate(references.items()):
            db.add(
                PaymentRow(
                    id=uuid7(),
                    site_id=SITE,
                    year=2026,
                    receipt=number,
                    day=START.date(),
                    at=START,
                    month="2026-03",
                    member_id=lived.ids["zoe" if who == "theirs" else who],
                    means=Means.CHEQUE,
                    amount_cents=Cents(100),
                    reference=text,
                    by="account:x",
                )
            )
    erased(lived, noted(lived, "x"))
    with lived.database.read() as db:
        left = {row.receipt: row.reference for row in db.query(PaymentRow)}
    assert left == {0: "0012345 3/3", 1: references["ali"]}


def test_whoever_erases_themselves_is_not_shown_what_others_wrote(lived: Lived) -> None:
    named(lived, SHARED)
    note = noted(lived, "M. Benali rappelle")
    place = f"handover_note/{note}"
    own = lived.token("zoe.duchemin@courriel.example")
    new = {"reason": "own wish", "also": [place]}
    assert lived.ask("POST", "/members/me/erase", new, token=own).status_code == 200
    with lived.database.read() as db:
        assert db.get_one(HandoverNote, note).text == "M. Benali rappelle"


def test_what_other_sites_wrote_is_shown_to_who_answers_for_them_too(lived: Lived) -> None:
    named(lived, SHARED)
    with lived.database.write() as db:
        site = NewSite(id="annexe", name=Label(fr="Annexe"))
        sites.create(db, site, actor=SYSTEM, now=START)
        audit.record(db, SYSTEM, START, "note", "agent:pi-0", "annexe", reason="M. Benali")
    noted(lived, "M. Benali rappelle", "annexe")
    roles = {SITE: frozenset({Role.DPO})}
    here = Actor(ref="account:here", roles=roles)
    both = Actor(ref="account:both", roles={**roles, "annexe": frozenset({Role.DPO})})
    shown = {}
    for actor in (here, both):
        with lived.database.read() as db:
            found = erase.preview(db, lived.ids["zoe"], actor=actor, now=lived.clock.now)
        said = (place for place in found.doubtful if place.text.startswith("M. Benali"))
        shown[actor.ref] = sorted(place.what for place in said)
    assert shown == {"account:here": [], "account:both": ["audit_note", "handover_note"]}


def test_a_reason_must_not_hold_a_surname_either(lived: Lived) -> None:
    named(lived, SHARED)
    desk = lived.account("dpo@example.org", Role.DPO)
    for reason in ("M. Benali writes", "from BENALI"):
        path = f"/members/{lived.ids['zoe']}/erase"
        answer = lived.ask("POST", path, {"reason": reason}, token=desk)
        assert answer.status_code == 422, answer.get_data(as_text=True)


def test_what_somebody_was_called_before_goes_with_them(lived: Lived) -> None:
    """The name before the last one is found by none that they have now."""
    key, names = lived.ids["zoe"], ("Ida Blum", "Eva Roth", "Ada Zorn")
    with lived.database.write() as db:
        for name in names:
            patch = {"display_name": name}
            members.change(db, key, patch, version=None, actor=SYSTEM, now=lived.clock.now)
    with lived.database.read() as db:
        assert "Ida Blum → Eva Roth" in db.scalars(select(AuditNote.text)).all()
    with lived.database.write() as db:
        new = erase.Erasure(reason=REASON)
        erase.erase(db, key, new, actor=SYSTEM, now=lived.clock.now)
    with lived.database.read() as db:
        left = " ".join(db.scalars(select(AuditNote.text)))
    assert not any(name in left for name in names)
