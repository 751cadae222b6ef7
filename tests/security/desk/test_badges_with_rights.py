"""The desk gives no badge with which somebody else could certify, supervise or maintain."""

import html
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from controller.capabilities.badges import credentials
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.changes import BadgeNeedsManager
from controller.capabilities.badges.shapes import Credential, NewCredential
from controller.capabilities.desk import card_protection
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.changes import MergeRefused
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.models import Scope
from controller.capabilities.training.shapes import NewCertification
from controller.domain.facts import Assurance, CardKind, CredentialStatus, Level
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import Desk, bearer, letters

MASTERS = CardMasters(b"w" * 32)
NEW = "uid:04AA00000000F1"
REFUSED = "seul un responsable du lieu peut donner, remplacer ou rétablir ses badges"


def trainer(db: Session, place: Place, member: str) -> None:
    place.certify(db, member, "laser", Level.TRAINER)


def suspended_trainer(db: Session, place: Place, member: str) -> None:
    place.certify(db, member, "laser", Level.TRAINER)
    member_certifications.suspend(db, member, "laser", "why", actor=BOSS, now=place.now)


def supervisor(db: Session, place: Place, member: str) -> None:
    patch = {"supervises": ["workshop"]}
    members.change(db, member, patch, version=None, actor=BOSS, now=place.now)


def maintainer(db: Session, place: Place, member: str) -> None:
    patch = {"maintains": ["laser-1"]}
    members.change(db, member, patch, version=None, actor=BOSS, now=place.now)


Right = Callable[[Session, Place, str], None]
RIGHTS = (trainer, suspended_trainer, supervisor, maintainer)


def somebody(place: Place, *rights: Right) -> tuple[str, str]:
    """The ids of a member, with an address, and of a badge."""
    with place.database.write() as db:
        person = place.member(db)
        patch = {"email": "amina@example.org"}
        members.change(db, person.id, patch, version=None, actor=BOSS, now=place.now)
        badge = place.badge(db, person.id)
        for right in rights:
            right(db, place, person.id)
    place.clock.forward(minutes=5)
    return person.id, badge


def badges_of(place: Place, member: str) -> dict[str, CredentialStatus]:
    """The state of each, by its id."""
    with place.database.read() as db:
        found = credentials.page(db, actor=BOSS, member_id=member).items
    return {credential.id: credential.status for credential in found}


@pytest.mark.parametrize("right", RIGHTS)
def test_the_desk_is_told_who_can_and_may_still_block(
    place: Place, app: Flask, desk: Desk, right: Right
) -> None:
    member, badge = somebody(place, right)
    forms = {
        f"/members/{member}/badges": {"value": NEW},
        "/desk/give": {"member": member, "value": NEW},
        "/desk/lend": {"member": member, "value": NEW},
        f"/members/{member}/badges/{badge}/replace": {"value": NEW},
        "/desk/replace": {"member": member, "badge": badge, "value": NEW},
    }
    for address, fields in forms.items():
        assert REFUSED in html.unescape(desk.send(address, **fields)), address
        assert badges_of(place, member) == {badge: CredentialStatus.ACTIVE}, address
    desk.send(f"/members/{member}/badges/{badge}/lost")
    assert badges_of(place, member) == {badge: CredentialStatus.LOST}
    restored = desk.send(f"/members/{member}/badges/{badge}/restore")
    assert REFUSED in html.unescape(restored)
    assert badges_of(place, member) == {badge: CredentialStatus.LOST}
    assert letters(place) == []
    manager = Desk(app, place, "manager")
    manager.send(f"/members/{member}/badges/{badge}/restore")
    manager.send(f"/members/{member}/badges/{badge}/replace", value=NEW)
    assert sorted(badges_of(place, member).values()) == ["active", "lost"]
    assert [detail["how"] for _, detail in letters(place)] == ["restored", "replaced"]


@pytest.mark.parametrize("right", RIGHTS)
def test_so_is_a_program_at_the_api(place: Place, app: Flask, right: Right) -> None:
    member, badge = somebody(place, right)
    with place.database.write() as db:
        credentials.change(db, badge, {"assurance": "aes"}, version=None, actor=BOSS, now=place.now)
    client, headers = app.test_client(), bearer(place, "desk@example.org")
    new = {"member_id": member, "value": NEW}
    path = f"/api/v1/credentials/{badge}"
    tried = [
        client.post("/api/v1/credentials", json=new, headers=headers),
        client.post(f"{path}/replace", json={"value": NEW}, headers=headers),
    ]
    version = {"If-Match": client.get(path, headers=headers).headers["ETag"]}
    lower = {"assurance": "uid"}  # a copy of the number would then do
    tried.append(client.patch(path, json=lower, headers=headers | version))
    ends = {"valid_until": "2026-12-01T00:00:00.000Z"}
    ended = client.patch(path, json=ends, headers=headers | version)
    assert ended.status_code == 200
    version = {"If-Match": ended.headers["ETag"]}
    tried.append(client.patch(path, json={"valid_until": None}, headers=headers | version))
    assert client.post(f"{path}/suspend", json={}, headers=headers).status_code == 200
    tried.append(client.post(f"{path}/restore", json={}, headers=headers))
    for answer in tried:
        assert answer.status_code == 403
        assert "only a manager of here may give" in answer.get_json()["detail"]
    with place.database.read() as db:
        (left,) = credentials.page(db, actor=BOSS, member_id=member).items
    assert (left.assurance, left.status) == (Assurance.AES, CredentialStatus.SUSPENDED)


def test_an_ordinary_member_gets_badges_as_ever_and_becomes_a_trainer_with_them(
    place: Place, desk: Desk
) -> None:
    member, badge = somebody(place)
    desk.send("/desk/give", member=member, value=NEW)
    desk.send("/desk/replace", member=member, badge=badge, value="uid:04AA00000000F2")
    desk.send("/desk/lend", member=member, value="uid:04AA00000000F3")
    assert sorted(badges_of(place, member).values()) == ["active", "active", "active", "lost"]
    told = [detail["how"] for _, detail in letters(place)]
    assert told == ["given", "replaced", "lent"]


@pytest.mark.parametrize("right", RIGHTS)
def test_a_trainer_at_the_desk_hands_out_no_badge_of_another(place: Place, right: Right) -> None:
    """A trainer makes no trainers (0102); and one's own badge is no gain."""
    member, _ = somebody(place, right)
    with place.database.write() as db:
        own = place.member(db, "Karim")
        place.certify(db, own.id, "laser", Level.TRAINER)
        karim = place.account(db, "karim", Role.DESK, Role.TRAINER, member_id=own.id)
        place.clock.forward(seconds=1)
        with pytest.raises(BadgeNeedsManager), db.begin_nested():
            give(db, place, member, karim)
        assert give(db, place, own.id, karim).member_id == own.id


@pytest.mark.parametrize("right", RIGHTS)
def test_a_managers_token_for_badges_alone_does_not_do_either(place: Place, right: Right) -> None:
    member, _ = somebody(place, right)
    with place.database.write() as db:
        manager = place.account(db, "manager", Role.MANAGER)
        scopes = frozenset({Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE})
        narrow = Actor(ref="token:t", roles=manager.roles, scopes=scopes)
        with pytest.raises(BadgeNeedsManager), db.begin_nested():
            give(db, place, member, narrow)
        assert give(db, place, member, manager).member_id == member


@pytest.mark.parametrize("right", RIGHTS)
def test_nor_does_a_reader_that_told_a_number(place: Place, right: Right) -> None:
    member, _ = somebody(place, right)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        key = HolderKey("k" * 43)
        with pytest.raises(BadgeNeedsManager), db.begin_nested():
            credentials.create_by_key(db, member, key, place.site, actor=desk, now=place.now)


@pytest.mark.parametrize("right", RIGHTS)
def test_nor_are_its_keys_written_to_another_card(place: Place, right: Right) -> None:
    member, badge = somebody(place, right)
    with place.database.write() as db:
        MASTERS.add(db, actor=BOSS, now=place.now, site_id=place.site)
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(BadgeNeedsManager), db.begin_nested():
            order(db, place, badge, desk)
        own = replace(desk, member_id=member)
        assert order(db, place, badge, own).number == "uid:04000000000001"
    assert [detail["how"] for _, detail in letters(place)] == ["protected"]


def test_a_badge_that_has_its_keys_gets_others_from_who_may_certify(place: Place) -> None:
    """An emulator with its number, laid on the reader as a blank card, would have them too."""
    _member, badge = somebody(place)
    with place.database.write() as db:
        MASTERS.add(db, actor=BOSS, now=place.now, site_id=place.site)
        desk = place.account(db, "desk", Role.DESK)
        made = order(db, place, badge, desk)
        kind = CardKind.NTAG424
        card_protection.record_keys(db, badge, kind, made.card_data, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            order(db, place, badge, desk)
        order(db, place, badge, place.account(db, "manager", Role.MANAGER))


def test_who_was_a_trainer_is_an_ordinary_member_again(place: Place) -> None:
    member, _ = somebody(place, trainer)
    place.clock.forward(days=366)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        assert give(db, place, member, desk).member_id == member


def test_a_merge_hands_out_a_badge_too(place: Place) -> None:
    """Of who trains at another place: the badge of the decoy would certify there."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        local = NewCertification(
            id="forge", site_id=second_site.THERE, name=Label(fr="Forge"), scope=Scope.SITE
        )
        certifications.create(db, local, actor=BOSS, now=place.now)
        known = NewMember(display_name="Amina", site_id=place.site, also_at=(second_site.THERE,))
        person = members.create(db, known, actor=BOSS, now=place.now)
        place.certify(db, person.id, "forge", Level.TRAINER)
        decoy = place.member(db, "Amina")
        place.badge(db, decoy.id)
        boss = place.account(db, "boss", Role.MANAGER)
        place.clock.forward(minutes=5)
        with pytest.raises(BadgeNeedsManager, match="manager of there"), db.begin_nested():
            record_merge.merge(db, person.id, decoy.id, actor=boss, now=place.now)
        assert record_merge.merge(db, person.id, decoy.id, actor=BOSS, now=place.now)


def test_a_merge_moves_what_the_actor_might_have_given(place: Place) -> None:
    """Not a certification of another place, nor who pays without *money:write*; the audit says
    which."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        club = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        pays = organisations.create(db, club, actor=BOSS, now=place.now).id
        kept, gone = place.member(db, "Amina").id, place.member(db, "A. Diallo").id
        place.certify(db, gone, "laser")
        for patch in ({"organisations": [pays]}, {"also_at": [second_site.THERE]}):
            members.change(db, gone, patch, version=None, actor=BOSS, now=place.now)
        boss = place.account(db, "boss", Role.MANAGER)
        with pytest.raises(MergeRefused, match="elsewhere"), db.begin_nested():
            record_merge.merge(db, kept, gone, actor=boss, now=place.now)
        members.change(db, gone, {"also_at": []}, version=None, actor=BOSS, now=place.now)
        token = replace(
            boss,
            scopes=frozenset(
                {Permission.MEMBERS_READ, Permission.MEMBERS_WRITE, Permission.CERTIFY}
            ),
        )
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            record_merge.merge(db, kept, gone, actor=token, now=place.now)
        record_merge.merge(db, kept, gone, actor=boss, now=place.now)
    with place.database.read() as db:
        told = audit.last_entry(db, f"member:{kept}", gone)
        assert told is not None
        moved = json.loads(told.detail)
    assert (moved["held"], moved["organisation_member"]) == (["laser"], [pays])
    assert len(moved["subscription"]) == 1


def order(db: Session, place: Place, badge: str, actor: Actor) -> card_protection.Order:
    """Have keys for this badge made."""
    return card_protection.order(
        db, badge, Assurance.AES, vault=VAULT, masters=MASTERS, actor=actor, now=place.now
    )


def give(db: Session, place: Place, member: str, actor: Actor) -> Credential:
    """Hand a badge to this member."""
    new = NewCredential(member_id=member, value=NEW)
    return credentials.create(db, new, vault=VAULT, actor=actor, now=Utc.of(place.now))
