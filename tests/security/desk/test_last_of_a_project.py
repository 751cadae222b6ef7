"""What a project without an organisation owes is not rid of by its last member's erasure."""

import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from controller.capabilities.billing import own, payments, statements
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.privacy.erasure.erase import Erasure, ErasureBlocked, erase, preview
from controller.kernel import audit
from controller.kernel.actor import Role
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import NOVEMBER, ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import signed_in

WISH = Erasure(reason="own wish")


def project(db: Session, place: Place, *people: str) -> str:
    new = NewProject(name=Label(fr="Remorque"), site_id=place.site)
    key = projects.create(db, new, actor=BOSS, now=place.now).id
    for member in people:
        belong(db, place, member, key)
    return key


def belong(db: Session, place: Place, member: str, *keys: str) -> None:
    patch: dict[str, object] = {"projects": list(keys)}
    members.change(db, member, patch, version=None, actor=BOSS, now=place.now)


@pytest.mark.parametrize("is_charged", [False, True])
@pytest.mark.parametrize("is_taken_off", [False, True])
def test_the_last_member_is_not_erased_by_themselves_until_it_is_paid(
    place: Place, is_charged: bool, is_taken_off: bool
) -> None:
    """Nor is whoever the desk took off the project before."""
    set_tariff(place)
    with place.database.write() as db:
        zoe, ami = (place.member(db, name).id for name in ("Zoé", "Ami"))
        asks = {who: place.account(db, who, Role.MEMBER, member_id=who) for who in (zoe, ami)}
        key = project(db, place, zoe, ami)
        ended(db, db.get_one(MemberRow, zoe).ref, 38, project_id=key)
    if is_charged:
        follow(place)
    with place.database.write() as db:
        assert own.projects_owed(db, zoe, place.now) == {}, "somebody else belongs to it"
        belong(db, place, ami)
        if is_taken_off:
            belong(db, place, zoe)
        assert own.amount_owed(db, zoe, place.now) == 0
        assert own.projects_owed(db, zoe, place.now) == {"here": 300}
        with pytest.raises(ErasureBlocked, match="last member"), db.begin_nested():
            erase(db, zoe, WISH, actor=asks[zoe], now=place.now)
        assert preview(db, zoe, actor=BOSS, now=place.now).hindered is None
        erase(db, ami, WISH, actor=asks[ami], now=place.now)
        payer, paid = PayerKey(PayerKind.PROJECT, key), Cents(300)
        payments.note(db, "here", payer, NOVEMBER, Means.CASH, paid, actor=BOSS, now=place.now)
        erase(db, zoe, WISH, actor=asks[zoe], now=place.now)


def test_what_it_owes_stays_with_the_project_after_an_erasure_by_staff(place: Place) -> None:
    """What a box tells late included."""
    set_tariff(place)
    with place.database.write() as db:
        zoe = place.member(db, "Zoé").id
        key = project(db, place, zoe)
        ref = db.get_one(MemberRow, zoe).ref
        ended(db, ref, 38, project_id=key)
        erase(db, zoe, Erasure(reason="asked"), actor=BOSS, now=place.now)
    follow(place)
    with place.database.read() as db:
        sums = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
    assert [(one.key, one.left_cents) for one in sums] == [(PayerKey(PayerKind.PROJECT, key), 300)]


def test_both_pages_of_an_erasure_say_so(place: Place, app: Flask) -> None:
    set_tariff(place)
    with place.database.write() as db:
        zoe = place.member(db, "Zoé").id
        place.account(db, "zoe@example.org", Role.MEMBER, member_id=zoe)
        ended(db, db.get_one(MemberRow, zoe).ref, 38, project_id=project(db, place, zoe))
    theirs = signed_in(app, "zoe").get("/mine/erase").get_data(as_text=True)
    assert "Des projets dont vous êtes le dernier membre doivent encore 3,00" in theirs
    staff = signed_in(app, "manager").get(f"/members/{zoe}/erase").get_data(as_text=True)
    assert "Des projets dont cette personne est le dernier membre" in staff
    assert "Cette personne doit encore" not in staff


@pytest.mark.parametrize("patch", [{"projects": []}, {"status": "left", "reason": "moved"}])
def test_the_desk_takes_nobody_off_who_is_the_last_of_a_project_that_owes(
    place: Place, patch: dict[str, object]
) -> None:
    """Whoever used it was erased while somebody else belonged to it, who is then taken off."""
    set_tariff(place)
    with place.database.write() as db:
        zoe, ami = (place.member(db, name).id for name in ("Zoé", "Ami"))
        asks = {who: place.account(db, who, Role.MEMBER, member_id=who) for who in (zoe, ami)}
        desk, boss = place.account(db, "desk", Role.DESK), place.account(db, "m", Role.MANAGER)
        key = project(db, place, zoe, ami)
        ended(db, db.get_one(MemberRow, zoe).ref, 38, project_id=key)
    follow(place)
    with place.database.write() as db:
        erase(db, zoe, WISH, actor=asks[zoe], now=place.now)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            members.change(db, ami, patch, version=None, actor=desk, now=place.now)
        with pytest.raises(ErasureBlocked, match="last member"), db.begin_nested():
            erase(db, ami, WISH, actor=asks[ami], now=place.now)
        members.change(db, ami, patch, version=None, actor=boss, now=place.now)
    with place.database.read() as db:
        entry = audit.last_entry(db, f"member:{ami}", key)
        assert entry is not None
        assert (entry.action, json.loads(entry.detail)["quit"]) == ("member_changed", [key])
