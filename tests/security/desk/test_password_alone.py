"""Somebody has seen an admin's password, where the place asks for more than a password."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    AuthenticatorRow,
    SecondFactorRule,
)
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.kernel.actor import Actor, Role
from controller.kernel.shapes import Label
from controller.live import Live
from controller.settings import OidcSettings, Settings, SiteSettings
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import signed_in
from tests.support.applications import an_application
from tests.webui.conftest import token_of
from webui.context import WebContext

SCOPES = ("accounts:read", "accounts:write")


@pytest.fixture
def provided(place: Place) -> Flask:
    """The pages of a place where everybody signs in by the provider."""
    oidc = OidcSettings(
        name="P",
        issuer="https://p.example",
        client_id="x",
        client_secret_file="/dev/null",
        recovery_login="root",
    )
    return an_application(
        WebContext(
            settings=Settings(site=SiteSettings(id=place.site, name="Ici"), oidc=oidc),
            database=place.database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={place.site: bytes(range(32))},
            own_key=b"w" * 32,
            hardware=None,
            clock=place.clock,
        )
    )


def requires_factor(place: Place) -> None:
    with place.database.write() as db:
        db.add(SecondFactorRule(site_id=place.site))


def other_site(place: Place) -> None:
    """Another site, at which the manager is a manager too."""
    with place.database.write() as db:
        sites.create(db, NewSite(id="there", name=Label(fr="Là")), actor=BOSS, now=place.now)
        there(db, "manager@example.org", Role.MANAGER)


def account_of(db: Session, login: str) -> AccountRow:
    return db.scalars(select(AccountRow).where(AccountRow.login == login)).one()


def there(db: Session, login: str, role: Role) -> None:
    row = account_of(db, login)
    db.add(AccountRole(account_id=row.id, site_id="there", role=role))


def asks_for_token(
    client: FlaskClient, address: str = "/me/tokens", scopes: tuple[str, ...] = SCOPES
) -> int:
    data = {"csrf_token": token_of(client), "name": "x", "length": "month", "scope": list(scopes)}
    return client.post(address, data=data).status_code


def test_no_token_without_the_required_second_factor(app: Flask, place: Place) -> None:
    client = signed_in(app, "manager")
    assert asks_for_token(client, scopes=("members:read",)) == 200
    requires_factor(place)
    assert client.get("/members").status_code == 303
    assert asks_for_token(client, scopes=("members:read",)) == 403
    assert 'action="/me/tokens"' not in client.get("/me").get_data(as_text=True)


def test_no_token_before_the_account_is_linked_to_the_provider(
    provided: Flask, place: Place
) -> None:
    with place.database.write() as db:
        place.account(db, "admin@example.org", Role.ADMIN)
    client = signed_in(provided, "admin")
    assert client.get("/accounts").status_code == 303
    assert asks_for_token(client) == 403


def test_a_token_of_one_site_does_not_open_another_that_requires_a_factor(
    app: Flask, place: Place
) -> None:
    """A token works at all sites of its account, whichever site's page made it."""
    other_site(place)
    requires_factor(place)
    client = signed_in(app, "manager")
    assert client.get("/s/there/members").status_code == 200
    assert asks_for_token(client, "/s/there/me/tokens", ("members:read",)) == 403


def test_an_older_token_counts_once_its_account_has_a_factor(app: Flask, place: Place) -> None:
    with place.database.write() as db:
        owner = db.scalars(
            select(AccountRow).where(AccountRow.login == "manager@example.org")
        ).one()
        own = Actor(ref=f"account:{owner.id}", account_id=owner.id)
        scopes = ("members:read",)
        _made, theirs = tokens.add(db, owner.id, "t", scopes, place.now, own)
        _made, program = tokens.add(db, owner.id, "t", scopes, place.now, Actor.system("cli"))
        key = owner.id
    api = app.test_client()

    def answers(secret: str) -> int:
        return api.get("/api/v1/members", headers={"Authorization": f"Bearer {secret}"}).status_code

    assert answers(theirs) == 200
    place.clock.forward(days=1)
    requires_factor(place)
    assert (answers(theirs), answers(program)) == (403, 200)
    with place.database.write() as db:
        db.add(
            AuthenticatorRow(
                account_id=key,
                sealed=b"x",
                created_at=place.now,
                confirmed_at=place.now,
                last_step=0,
            )
        )
    assert answers(theirs) == 200


def test_a_token_does_not_count_where_its_owner_came_later_without_a_factor(
    app: Flask, place: Place
) -> None:
    with place.database.write() as db:
        sites.create(db, NewSite(id="there", name=Label(fr="Là")), actor=BOSS, now=place.now)
        db.add(SecondFactorRule(site_id="there"))
    place.clock.forward(days=1)
    with place.database.write() as db:
        owner = account_of(db, "manager@example.org")
        own = Actor(ref=f"account:{owner.id}", account_id=owner.id)
        _made, secret = tokens.add(db, owner.id, "t", (), place.now, own)
        there(db, "manager@example.org", Role.MANAGER)
    with place.database.read() as db:
        actor = tokens.authenticate(db, secret, place.now)
    assert actor is not None
    assert set(actor.roles) == {place.site}


def test_an_admin_of_two_sites_acts_from_the_open_one_at_none_that_is_closed(
    app: Flask, place: Place
) -> None:
    """Whoever is staff at a site that requires a factor is not disabled from another's page."""
    other_site(place)
    with place.database.write() as db:
        place.account(db, "admin@example.org", Role.ADMIN)
        there(db, "admin@example.org", Role.ADMIN)
        there(db, "desk@example.org", Role.DESK)
    requires_factor(place)
    client = signed_in(app, "admin")
    with place.database.read() as db:
        desk = account_of(db, "desk@example.org").id
    client.post(f"/s/there/accounts/{desk}/disable", data={"csrf_token": token_of(client)})
    with place.database.read() as db:
        assert db.get_one(AccountRow, desk).disabled_at is None
