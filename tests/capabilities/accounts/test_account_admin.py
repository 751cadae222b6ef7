"""Accounts with roles per site, as admins see and change them."""

from threading import Barrier, Thread

import pytest

from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts import invitations, sign_ins, tokens
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.accounts.shapes import AccountShape, NewAccount, NewPassword
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.facts import Language
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS, Place


def make(db: Session, place: Place, login: str, *roles: Role, actor: Actor = BOSS) -> AccountShape:
    new = NewAccount(login=login, password="correct horse", roles={"here": roles})
    return account_admin.create(db, new, actor=actor, now=place.now)


def change(
    db: Session, place: Place, key: str, actor: Actor = BOSS, **patch: object
) -> AccountShape:
    return account_admin.change(db, key, patch, version=None, actor=actor, now=place.now)


def elsewhere(db: Session, place: Place) -> None:
    new = NewSite(id="elsewhere", name=Label(en="Elsewhere"))
    sites.create(db, new, actor=BOSS, now=place.now)


def test_an_admin_makes_accounts_and_gives_roles(place: Place) -> None:
    with place.database.write() as db:
        boss = place.account(db, "boss", Role.ADMIN)
        made = make(db, place, "Zoe@Example.org", Role.DESK, Role.TRAINER, actor=boss)
        assert (made.login, made.roles, made.version) == (
            "zoe@example.org",
            {"here": (Role.DESK, Role.TRAINER)},
            1,
        )
        zoe = actor_of(db, db.get_one(AccountRow, made.id))
        assert zoe.may(Permission.MEMBERS_WRITE, "here")
        changed = account_admin.change(
            db,
            made.id,
            {"roles": {"here": ["manager"]}, "language": "en"},
            version=1,
            actor=boss,
            now=place.now,
        )
        assert (changed.roles, changed.language) == ({"here": (Role.MANAGER,)}, Language.EN)
        assert changed.version == 2
        with pytest.raises(Stale):
            account_admin.change(db, made.id, {}, version=1, actor=boss, now=place.now)
        person = place.member(db).id
        assert change(db, place, made.id, boss, member_id=person).member_id == person
        new = NewAccount(login="other", member_id=person)
        with pytest.raises(Conflict, match="account already"):
            account_admin.create(db, new, actor=boss, now=place.now)
        for wrong, field in (
            ({"roles": {"here": None}, "member_id": None}, "roles"),
            ({"roles": {"nowhere": ["desk"]}}, "roles"),
            ({"roles": {"here": ["king"]}}, "roles"),
            ({"member_id": "nobody"}, "member_id"),
            ({"login": "x"}, "login"),
        ):
            with pytest.raises(Invalid, match=field):
                change(db, place, made.id, boss, **wrong)
        with pytest.raises(Forbidden):
            make(db, place, "x", Role.DESK, actor=place.account(db, "m", Role.MANAGER))


def test_a_site_never_loses_its_last_admin(place: Place) -> None:
    with place.database.write() as db:
        only = make(db, place, "only", Role.ADMIN)
    with pytest.raises(Conflict, match="no admin left"), place.database.write() as db:
        change(db, place, only.id, roles={"here": ["desk"]})
    with pytest.raises(Conflict, match="no admin left"), place.database.write() as db:
        account_admin.disable(db, only.id, actor=BOSS, now=place.now)
    with place.database.write() as db:
        second = make(db, place, "second", Role.ADMIN)
        account_admin.disable(db, second.id, actor=BOSS, now=place.now)
    with pytest.raises(Conflict, match="no admin left"), place.database.write() as db:
        change(db, place, only.id, roles={"here": ["desk"]})


def test_an_admin_who_was_only_invited_is_none_yet(place: Place) -> None:
    """The address may be mistyped, and then nobody would be left."""
    with place.database.write() as db:
        only = make(db, place, "only", Role.ADMIN)
        new = NewAccount(login="typo@example.org", roles={"here": (Role.ADMIN,)})
        invitations.invite(db, new, actor=BOSS, now=place.now)
    with pytest.raises(Conflict, match="no admin left"), place.database.write() as db:
        change(db, place, only.id, roles={"here": ["desk"]})


def test_of_two_admins_who_depose_each_other_at_once_one_stays(place: Place) -> None:
    with place.database.write() as db:
        keys = [make(db, place, login, Role.ADMIN).id for login in ("one", "two")]
    start, refused = Barrier(2), []

    def depose(key: str) -> None:
        start.wait()
        try:
            with place.database.write() as db:
                change(db, place, key, roles={"here": ["desk"]})
        except Conflict:
            refused.append(key)

    threads = [Thread(target=depose, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_a_disabled_account_can_do_nothing_until_it_is_enabled(place: Place) -> None:
    with place.database.write() as db:
        make(db, place, "boss", Role.ADMIN)
        zoe = make(db, place, "zoe", Role.DESK)
        _, secret = tokens.add(db, zoe.id, "t", (), place.now, BOSS)
        for _ in range(2):
            gone = account_admin.disable(db, zoe.id, actor=BOSS, now=place.now)
        assert (gone.disabled_at, gone.roles) == (place.now, {"here": (Role.DESK,)})

    def sign_in(password: str) -> bool:
        found = sign_ins.sign_in(place.database, login="zoe", password=password, now=place.now)
        return found is not None

    assert not sign_in("correct horse")
    with place.database.write() as db:
        assert account_admin.enable(db, zoe.id, actor=BOSS, now=place.now).disabled_at is None
        assert tokens.authenticate(db, secret, place.now) is None
    assert sign_in("correct horse")
    with place.database.write() as db:
        new = NewPassword(password="another horse")
        account_admin.set_password(db, zoe.id, new, actor=BOSS, now=place.now)
        short = NewPassword(password="short")
        with pytest.raises(Invalid, match="password"):
            account_admin.set_password(db, zoe.id, short, actor=BOSS, now=place.now)
    assert not sign_in("correct horse")
    assert sign_in("another horse")


def test_who_has_left_is_not_enabled_again(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        new = NewAccount(login="zoe", member_id=person)
        made = account_admin.create(db, new, actor=BOSS, now=place.now)
        left = {"status": "left"}
        members.change(db, person, left, version=None, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="left"):
            account_admin.enable(db, made.id, actor=BOSS, now=place.now)


def test_an_admin_knows_nothing_of_another_sites_accounts(place: Place) -> None:
    with place.database.write() as db:
        elsewhere(db, place)
        boss = place.account(db, "boss", Role.ADMIN)
        both = NewAccount(login="both", roles={"here": (Role.DESK,), "elsewhere": (Role.ADMIN,)})
        shared = account_admin.create(db, both, actor=BOSS, now=place.now)
        other = NewAccount(login="other", roles={"elsewhere": (Role.DESK,)})
        hidden = account_admin.create(db, other, actor=BOSS, now=place.now)
        person = members.create(
            db, NewMember(display_name="X", site_id="elsewhere"), actor=BOSS, now=place.now
        )
        theirs = account_admin.create(
            db, NewAccount(login="x", member_id=person.id), actor=BOSS, now=place.now
        )
        logins = {account.login for account in account_admin.page(db, actor=boss).items}
        assert logins == {"boss", "both"}
        assert account_admin.get(db, shared.id, actor=boss).roles == {"here": (Role.DESK,)}
        for key in (hidden.id, theirs.id):
            for act in (account_admin.disable, account_admin.enable):
                with pytest.raises(NotFound):
                    act(db, key, actor=boss, now=place.now)
            with pytest.raises(NotFound):
                account_admin.get(db, key, actor=boss)
        # Nor takes over one that is something there.
        new = NewPassword(password="correct horse")
        with pytest.raises(Forbidden):
            account_admin.set_password(db, shared.id, new, actor=boss, now=place.now)
        with pytest.raises(Forbidden):
            account_admin.disable(db, shared.id, actor=boss, now=place.now)
        with pytest.raises(Invalid, match="roles"):
            change(db, place, shared.id, boss, roles={"elsewhere": ["desk"]})
        nothing: dict[str, object] = {"here": ["observer"], "elsewhere": None}
        changed = change(db, place, shared.id, boss, roles=nothing)
        assert changed.roles == {"here": (Role.OBSERVER,)}
        assert account_admin.get(db, shared.id, actor=BOSS).roles == {
            "here": (Role.OBSERVER,),
            "elsewhere": (Role.ADMIN,),
        }
        # Who is still something there may be nothing here.
        change(db, place, shared.id, boss, roles={"here": None})
        with pytest.raises(NotFound):
            account_admin.get(db, shared.id, actor=boss)
