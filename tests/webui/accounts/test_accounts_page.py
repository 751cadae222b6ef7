"""Who signs in and may do what: roles with their effect, invitations, resets, the site's rule."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, codes
from controller.capabilities.accounts.models import AccountRole, AccountRow, PrintedCodeRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry, AuditNote
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.accounts.me import code_of, halfway, later, second, send, with_telephone, words
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in, token_of
from webui.accounts import role_words
from webui.accounts.account_view import ROLE_ORDER

NEW = "another long one"


def test_each_role_and_permission_has_words(app: Flask) -> None:
    with app.test_request_context():
        assert (
            set(role_words.names()) == set(role_words.summaries()) == set(ROLE_ORDER) == set(Role)
        )
        assert set(role_words.permission_texts()) | role_words.FOR_PROGRAMS == set(
            HOUSE.permissions
        )


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return make_app(database, clock)


def signed_in(app: Flask, role: str = "admin") -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, role) == 303
    return client


def key_of(database: Database, login: str) -> str:
    with database.read() as db:
        return accounts.id_of(db, login)


def roles_of(database: Database, key: str) -> set[Role]:
    with database.read() as db:
        return set(db.scalars(select(AccountRole.role).where(AccountRole.account_id == key)))


def code_in(answer: TestResponse) -> str:
    found = re.search(r'class="given-code">(.*?)</p>', words(answer), re.S)
    assert found is not None, words(answer)
    return "-".join(re.findall(r"<span>(\w+)</span>", found[1]))


def use_code(app: Flask, login: str, code: str, password: str = NEW) -> TestResponse:
    client = app.test_client()
    data = {"csrf_token": token_of(client), "login": login, "code": code}
    return client.post("/recover", data=data | {"password": password})


def version_on(client: FlaskClient, key: str) -> str:
    page = words(client.get(f"/accounts/{key}?role=desk"))
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_manager_reads_and_changes_nothing(app: Flask, database: Database) -> None:
    client = signed_in(app, "manager")
    key = key_of(database, "desk@example.org")
    page = words(client.get("/accounts"))
    assert "desk@<wbr>example.<wbr>org" in page
    assert "mot de passe seul" in page, "a manager's and an admin's are weak"
    assert "/accounts/tokens" not in page
    assert "Seul un administrateur" in words(client.get(f"/accounts/{key}"))
    assert send(client, f"/accounts/{key}/roles", role="admin", version="1").status_code == 403
    assert signed_in(app, "desk").get("/accounts").status_code == 403


def test_a_role_shows_what_it_adds_and_what_it_does_not(app: Flask, database: Database) -> None:
    client, key = signed_in(app), key_of(database, "desk@example.org")
    page = words(client.get(f"/accounts/{key}?role=desk&role=manager&role="))
    effect = page[page.index('id="effect"') :]
    gains, _, rest = effect.partition("Ce que cela ne permet pas")
    assert "Changer les règles" in gains
    assert "Inviter, donner des rôles" not in gains
    assert "Inviter, donner des rôles" in rest
    fewer = words(client.get(f"/accounts/{key}?role=member&role="))
    assert "Plus permis" in fewer


def test_before_roles_are_given_a_name_that_deceives_is_marked(
    app: Flask, database: Database
) -> None:
    admin = signed_in(app)
    system = Actor.system("test")
    with database.write() as db:
        new = NewMember(display_name="Alice Roux", site_id=SITE)
        member = members.create(db, new, actor=system, now=Utc.of(NOW - timedelta(days=60)))
        key = accounts.id_of(db, "desk@example.org")
        db.get_one(AccountRow, key).member_id = member.id
    preview = f"/accounts/{key}?role=trainer&role="
    page = words(admin.get(preview))
    assert "Alice Roux" in page
    assert "nom modifié" not in page
    assert "porte le même nom" not in page
    with database.write() as db:
        other = NewMember(display_name="Alba Roux", site_id=SITE)
        members.create(db, other, actor=system, now=NOW)
        patch = {"display_name": "Alba Roux"}
        members.change(db, member.id, patch, version=None, actor=system, now=NOW)
    page = words(admin.get(preview))
    assert "nom modifié" in page
    assert "porte le même nom" in page


def test_what_each_role_may_do_is_said_before_it_is_given(app: Flask, database: Database) -> None:
    admin = signed_in(app)
    deed = "Donner, bloquer et remplacer des badges."
    for address in ("/accounts", f"/accounts/{key_of(database, 'observer@example.org')}"):
        assert deed in words(admin.get(address)), address


def test_roles_are_given_at_once_with_a_reason_in_the_audit(app: Flask, database: Database) -> None:
    client, key = signed_in(app), key_of(database, "desk@example.org")
    version = version_on(client, key)
    more = {"version": version, "role": ["desk", "trainer"], "reason": "Remplace Nadia"}
    assert send(client, f"/accounts/{key}/roles", **more).status_code == 303
    assert roles_of(database, key) == {Role.DESK, Role.TRAINER}
    with database.read() as db:
        assert "Remplace Nadia" in list(db.scalars(select(AuditNote.text)))
    send(client, f"/accounts/{key}/roles", **(more | {"role": "admin"}))
    assert "a changé entre-temps" in words(client.get(f"/accounts/{key}"))
    assert roles_of(database, key) == {Role.DESK, Role.TRAINER}


def test_the_last_admin_stays_one(app: Flask, database: Database) -> None:
    client, key = signed_in(app), key_of(database, "admin@example.org")
    version = version_on(client, key)
    send(client, f"/accounts/{key}/roles", version=version, role="desk")
    assert "garde un administrateur" in words(client.get(f"/accounts/{key}"))
    assert roles_of(database, key) == {Role.ADMIN}


def test_somebody_is_invited_by_a_code_that_works_once(app: Flask, database: Database) -> None:
    client = signed_in(app)
    given = send(client, "/accounts", login="Elise@Example.org", role=["observer", "desk"])
    code = code_in(given)
    assert "<b>1</b> invitation en attente" in words(client.get("/accounts"))
    assert sign_in(app.test_client(), "elise", "") == 422
    assert use_code(app, "elise@example.org", code, "short").status_code == 422
    assert use_code(app, "elise@example.org", code).status_code == 303
    again = use_code(app, "elise@example.org", code)
    assert again.status_code == 422
    assert "a déjà servi ou est trop ancien" in words(again)
    assert sign_in(app.test_client(), "elise", NEW) == 303
    assert roles_of(database, key_of(database, "elise@example.org")) == {Role.OBSERVER, Role.DESK}
    with database.read() as db:
        assert not db.scalars(select(PrintedCodeRow)).all()


def test_an_invitation_to_somebody_who_exists_changes_nothing(
    app: Flask, database: Database
) -> None:
    client, key = signed_in(app), key_of(database, "desk@example.org")
    answer = send(client, "/accounts", login="DESK@example.org", role="admin")
    assert answer.status_code == 422
    assert "existe déjà" in words(answer)
    assert f"/accounts/{key}" in words(answer)
    assert 'value="DESK@example.org"' in words(answer)
    assert roles_of(database, key) == {Role.DESK}


def test_an_invitation_to_an_account_of_another_place_names_the_way(
    app: Flask, database: Database
) -> None:
    system = Actor.system("test")
    there = {"annexe": frozenset({Role.DESK})}
    with database.write() as db:
        sites.create(db, NewSite(id="annexe", name=Label(fr="Annexe")), actor=system, now=NOW)
        accounts.create(db, login="ana", password=None, roles=there, actor=system, now=NOW)
    answer = send(signed_in(app), "/accounts", login="ana", role="desk")
    assert answer.status_code == 422
    assert "peut donner ici un rôle à ce compte, par l’API" in words(answer)


def test_an_invitation_is_renewed_grows_old_and_is_withdrawn(
    app: Flask, database: Database, clock: Clock
) -> None:
    client = signed_in(app)
    old = code_in(send(client, "/accounts", login="ines", role="desk"))
    key = key_of(database, "ines")
    code = code_in(send(client, f"/accounts/{key}/invitation"))
    assert use_code(app, "ines", old).status_code == 422
    later(clock, days=7, seconds=1)
    assert use_code(app, "ines", code).status_code == 422
    client = signed_in(app)
    assert send(client, f"/accounts/{key}/withdraw").status_code == 303
    with database.read() as db:
        assert db.get(AccountRow, key) is None
    desk = key_of(database, "desk@example.org")
    send(client, f"/accounts/{desk}/withdraw")
    assert key_of(database, "desk@example.org") == desk, "who has signed in is not withdrawn"


def test_a_reset_voids_all_that_was_there_and_the_audit_shows_it(
    app: Flask, database: Database, clock: Clock
) -> None:
    theirs = signed_in(app, "manager")
    seed, on_paper = with_telephone(theirs, clock)
    client, key = signed_in(app), key_of(database, "manager@example.org")
    code = code_in(send(client, f"/accounts/{key}/reset"))
    assert theirs.get("/").status_code == 302
    assert sign_in(app.test_client(), "manager") == 422
    assert use_code(app, "manager@example.org", code).status_code == 303
    fresh = app.test_client()
    assert sign_in(fresh, "manager", NEW) == 303
    assert fresh.get("/").status_code == 200, "no second half: its telephone is forgotten"
    with database.read() as db:
        done = select(AuditEntry).where(AuditEntry.action == "sign_in_reset")
        (entry,) = db.scalars(done)
        assert entry.subject == f"account:{key}"
        assert entry.actor == f"account:{key_of(database, 'admin@example.org')}"
        assert not codes.spend_second_factor(db, key, on_paper[0], now=clock.now)
    assert seed not in words(client.get(f"/accounts/{key}"))


def test_one_does_not_reset_oneself(app: Flask, database: Database) -> None:
    client, key = signed_in(app), key_of(database, "admin@example.org")
    assert "/reset" not in words(client.get(f"/accounts/{key}"))
    assert send(client, f"/accounts/{key}/reset").status_code == 303
    assert client.get("/").status_code == 200


def test_an_account_is_closed_signed_out_and_opened_again(app: Flask, database: Database) -> None:
    client, theirs = signed_in(app), signed_in(app, "desk")
    key = key_of(database, "desk@example.org")
    send(client, f"/accounts/{key}/sign-out")
    assert theirs.get("/").status_code == 302
    theirs = signed_in(app, "desk")
    assert send(client, f"/accounts/{key}/disable").status_code == 303
    assert theirs.get("/").status_code == 302
    assert sign_in(app.test_client(), "desk") == 422
    page = words(client.get(f"/accounts/{key}"))
    assert f'action="/accounts/{key}/enable"' in page
    assert 'id="undo"' in page
    send(client, f"/accounts/{key}/enable")
    signed_in(app, "desk")


def test_where_a_second_factor_is_required_nothing_else_opens_without(
    app: Flask, clock: Clock
) -> None:
    client = signed_in(app)
    send(client, "/accounts/second-factor", required="yes")
    assert "Ajoutez d’abord le vôtre" in words(client.get("/accounts"))
    seed, _codes = with_telephone(client, clock)
    manager, desk = signed_in(app, "manager"), signed_in(app, "desk")
    send(client, "/accounts/second-factor", required="yes")
    for path in ("/", "/members", "/accounts"):
        assert manager.get(path).headers.get("Location") == "/me", path
    assert send(manager, "/members/x/erase").headers["Location"] == "/me"
    assert "exige un second facteur" in words(manager.get("/me"))
    assert manager.get("/evacuation").status_code == 200, "nobody waits in an evacuation"
    assert manager.get("/live").status_code == 403
    assert desk.get("/").status_code == 200
    with_telephone(manager, clock)
    assert manager.get("/").status_code == 200
    fresh = app.test_client()
    halfway(fresh, "admin")
    assert second(fresh, code_of(seed, clock)) == 303
    assert fresh.get("/").status_code == 200


def test_a_stolen_token_is_ended_by_an_admin(app: Flask, database: Database) -> None:
    theirs = signed_in(app, "manager")
    shown = send(theirs, "/me/tokens", name="Mairie", scope="rules:read", length="year")
    secret = re.search(r"loquet_[\w-]{43}", words(shown))
    assert secret is not None
    client = signed_in(app)
    page = words(client.get("/accounts"))
    (path,) = re.findall(r"/accounts/tokens/[0-9a-f-]{36}/revoke", page)
    assert send(client, path).status_code == 303
    bearer = {"Authorization": f"Bearer {secret[0]}"}
    assert app.test_client().get("/api/v1/plans", headers=bearer).status_code == 401
    assert send(client, path).status_code == 404, "it is no more among those that work"
    assert send(client, path.replace("revoke", "give-back")).status_code == 303
    assert app.test_client().get("/api/v1/plans", headers=bearer).status_code == 200


def test_of_who_is_also_something_elsewhere_only_the_roles_of_here_are_ours(
    app: Flask, database: Database
) -> None:
    from controller.capabilities.places import sites
    from controller.settings import SiteSettings

    with database.write() as db:
        sites.ensure_site(db, SiteSettings(id="annexe", name="Annexe"), NOW)
        roles = {SITE: frozenset({Role.DESK}), "annexe": frozenset({Role.DESK})}
        key = accounts.create(
            db, login="luc", password=PASSWORD, roles=roles, actor=Actor.system("test"), now=NOW
        )
    client = signed_in(app)
    assert "vous ne pouvez changer que ses rôles d’ici" in words(client.get(f"/accounts/{key}"))
    for act in ("reset", "disable", "sign-out"):
        assert send(client, f"/accounts/{key}/{act}").status_code == 303
        assert "a aussi un rôle dans un lieu que vous n’administrez pas" in words(
            client.get(f"/accounts/{key}")
        )
    version = version_on(client, key)
    send(client, f"/accounts/{key}/roles", version=version, role="trainer")
    assert roles_of(database, key) == {Role.TRAINER, Role.DESK}


def test_an_admin_says_whose_account_it_is(app: Flask, database: Database) -> None:
    """What is refused for oneself is refused only when it is known whose the account is.

    The record is shown first, with who made it and how long ago.
    """
    key = key_of(database, "desk@example.org")
    client = signed_in(app)
    assert "relié à aucune fiche" in words(client.get("/accounts"))
    with database.write() as db:
        new = NewMember(display_name="Karim Ben", email="karim@example.org", site_id=SITE)
        member = members.create(db, new, actor=Actor.system("test"), now=NOW).id
    for address in ("karim", "nobody@example.org"):
        found = client.get(f"/accounts/{key}", query_string={"email": address})
        assert "l’adresse d’une fiche d’ici" in words(found)
    found = client.get(f"/accounts/{key}", query_string={"email": "karim@example.org"})
    for said in ("Karim Ben", "Fiche ajoutée par", "Adresse saisie par"):
        assert said in words(found)
    assert f'name="member" value="{member}"' in found.get_data(as_text=True)
    send(client, f"/accounts/{key}/member", member=member)
    page = words(client.get(f"/accounts/{key}"))
    assert "Compte relié à sa fiche." in page
    assert f"/accounts/{key}/member" not in page
    with database.read() as db:
        assert db.get_one(AccountRow, key).member_id == member


def test_few_accounts_are_all_listed_and_many_are_searched(
    client: FlaskClient, database: Database
) -> None:
    def add(number: int) -> None:
        login, who = f"guest-{number}@example.org", Actor.system("test")
        roles = {SITE: frozenset({Role.MEMBER})}
        with database.write() as db:
            accounts.create(db, login=login, password=PASSWORD, roles=roles, actor=who, now=NOW)

    def shown(address: str = "/accounts") -> tuple[bool, bool]:
        page = client.get(address).get_data(as_text=True)
        return 'id="q"' in page, "guest-1@" in page

    add(1)
    sign_in(client, "admin")
    assert shown() == (False, True), "searched, or a member’s account listed"
    for number in range(2, 16):
        add(number)
    assert shown() == (True, False)
    assert shown("/accounts?q=guest-1@") == (True, True)
