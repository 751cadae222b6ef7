"""The front desk wants to be admin: it plants an address of its own, and asks for a new password.

Against a web server in a process of its own, with a mail server, a provider to sign in by, two
sites and either database.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.shapes import Label
from controller.settings.reading import load, read_secret
from controller.store.engine import open_database
from tests.peers.provider import CLIENT, SAME_ADDRESS, SECRET
from tests.support.api_account import token_of
from tests.support.at_provider import AtProvider, provider_running
from tests.support.served import Served, served
from tests.support.smtp import Post, body, posting
from tests.support.web_server import PASSWORD, SITE, ask, cookie_of, sign_in

ANNEXE = "annexe"
PLANTED = "front-desk@evil.example"
OURS = "http://localhost:8000"
HERS, HIS = "amina@home.example", "bilal@home.example"
STAFF = {"desk": (SITE, Role.DESK), "manager-there": (ANNEXE, Role.MANAGER)}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
LINK = re.compile(r"https?://[^/\s]+(/\S+)")
VERSION = re.compile(r'name="version" value="([^"]+)"')


@dataclass
class Came:
    """A browser that was sent back by the provider."""

    path: str
    cookie: str


@dataclass
class Attacked:
    """The place, its mailbox, and the people in it."""

    web: Served
    sender: Sender
    post: Post
    people: dict[str, str]
    """Members' ids by the login of their account, which is no address."""

    def as_(self, login: str) -> Served:
        """The API as this account."""
        return replace(self.web, token=token_of(self.web.database, login))

    def patch(self, login: str, member: str, **fields: object) -> int:
        """The status of a change over the API."""
        path = f"/api/v1/members/{member}"
        version = self._seen(member)["version"]
        return self.as_(login).ask("PATCH", path, fields, **{"If-Match": f'"{version}"'})[0]

    def email_of(self, member: str) -> str | None:
        """As the API tells it."""
        found: str | None = self._seen(member)["email"]
        return found

    def _seen(self, member: str) -> dict[str, Any]:
        """The record, as somebody sees it who may."""
        path = f"/api/v1/members/{member}"
        answers = (self.as_(who).ask("GET", path) for who in STAFF)
        found: dict[str, Any] = next(json.loads(told) for got, *_, told in answers if got == 200)
        return found

    def send(self, cookie: str, page: str, path: str, **fields: str) -> tuple[int, str]:
        """Send a form with the token and the version of a page."""
        text = ask(self.web.port, "GET", page, cookie).read().decode()
        found = TOKEN.search(text)
        assert found, f"{page}: {text[:2000]}"
        if (version := VERSION.search(text)) and "version" not in fields:
            fields["version"] = version[1]
        answer = ask(self.web.port, "POST", path, cookie, csrf_token=found[1], **fields)
        return answer.status, answer.read().decode()

    def mailed(self, login: str) -> list[str]:
        """To whom mail goes once somebody has asked for a new password of this login."""
        cookie = cookie_of(ask(self.web.port, "GET", "/sign-in"))
        assert self.send(cookie, "/forgot", "/forgot", login=login)[0] == 200
        return self.letters()

    def link(self, to: str) -> str:
        """The path of the link in the last letter to an address."""
        self.letters()
        last = next(mail for mail in reversed(self.post.got) if mail["To"] == to)
        found = LINK.search(body(last))
        assert found, body(last)
        return found[1]

    def letters(self) -> list[str]:
        """To whom mail has gone until now."""
        self.sender.poll()
        return [str(mail["To"]) for mail in self.post.got]

    def at_provider(self, who: str, cookie: str = "", path: str = "/sign-in/provider") -> Came:
        """Go to the provider and sign in there; with what the browser comes back."""
        begun = ask(self.web.port, "GET", path, cookie)
        assert begun.status == 303, begun.read().decode()
        url = AtProvider(OURS).come_back(begun.headers["Location"], who)
        return Came(url, "; ".join(filter(None, (cookie_of(begun), cookie))))

    def to_link(self, cookie: str) -> tuple[str, str]:
        """Cookie and path by which the page of one's own account leads to the provider."""
        page = ask(self.web.port, "GET", "/me/provider", cookie)
        (path,) = re.findall(r'href="(/sign-in/provider\?link=[^"]+)"', page.read().decode())
        return "; ".join(filter(None, (cookie_of(page), cookie))), unescape(path)

    def by_provider(self, who: str) -> int:
        """What somebody gets who signs in by the provider."""
        came = self.at_provider(who)
        return ask(self.web.port, "GET", came.path, came.cookie).status

    def decoy(self, name: str, email: str | None) -> str:
        """A record that the manager of the annexe makes up."""
        new = {"display_name": name, "email": email, "site_id": ANNEXE}
        status, *_, answer = self.as_("manager-there").ask("POST", "/api/v1/members", new)
        assert status == 201, answer
        made: str = json.loads(answer)["id"]
        return made

    def merge(self, kept: str, gone: str, name: str) -> tuple[int, str]:
        """The manager of the annexe merges two records on the page."""
        cookie = sign_in(self.web.port, "manager-there", PASSWORD)
        page = f"/members/{kept}/merge"
        shown = ask(self.web.port, "GET", f"{page}?other={gone}", cookie).read()
        last_act = "".join(re.findall(r'name="last_act" value="(\d+)"', shown.decode()))
        return self.send(cookie, page, page, other=gone, name=name, last_act=last_act)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Of a provider that is running."""
    with provider_running(f"{OURS}/sign-in/provider/back") as running:
        yield running


@pytest.fixture
def attacked(database_url: str, tmp_path: Path, issuer: str) -> Iterator[Attacked]:
    people = dict[str, str]()
    with posting() as post:

        def before(folder: Path) -> None:
            config = folder / "config.toml"
            mail = f'[mail]\nhost = "127.0.0.1"\nport = {post.port}\ntls = "none"\n'
            mail += 'sender = "l@fab.example"\nquiet = ""\n'
            (folder / "keys/oidc.secret").write_text(SECRET)
            oidc = f'[oidc]\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\nname = "Ville"\n'
            oidc += 'client_secret_file = "keys/oidc.secret"\n'
            config.write_text(f'{config.read_text()}public_url = "{OURS}"\n{mail}{oidc}')
            people.update(settle(database_url))

        with served(tmp_path, database_url, before=before) as web:
            settings = load(tmp_path / "config.toml", {})
            secret = rules(settings.mail, read_secret(settings.web.secret))
            engine = open_database(database_url)
            database = Database(engine, house=HOUSE)
            sender = Sender(
                database, settings.mail, secret, settings.web.public_url, site_id=settings.site.id
            )
            yield Attacked(web, sender, post, people)
            engine.dispose()


def settle(database_url: str) -> dict[str, str]:
    """The annexe, two admins of the other site who sign in by a name, and who attacks them."""
    engine = open_database(database_url)
    system, now = Actor.system("test"), wall_clock()
    people = dict[str, str]()
    with Database(engine, house=HOUSE).write() as db:
        sites.create(db, NewSite(id=ANNEXE, name=Label(fr="Annexe")), actor=system, now=now)
        for login, home, email in (("amina", SITE, HERS), ("bilal", ANNEXE, HIS)):
            new = NewMember(display_name=login.title(), email=email, site_id=home)
            people[login] = members.create(db, new, actor=system, now=now).id
        for login, (site, role) in {**STAFF, **dict.fromkeys(people, (SITE, Role.ADMIN))}.items():
            accounts.create(
                db,
                login=login,
                password=PASSWORD,
                roles={site: frozenset({role})},
                actor=system,
                now=now,
                member_id=people.get(login),
            )
    engine.dispose()
    return people


def test_the_desk_changes_no_address_of_an_admin_over_the_api(attacked: Attacked) -> None:
    amina, bilal = attacked.people["amina"], attacked.people["bilal"]
    got = attacked.patch("desk", amina, email=PLANTED), attacked.mailed("amina")
    assert got == (403, []), "as the desk of her site"
    assert attacked.patch("desk", amina, phone="06 66 66 66 66") == 403
    got = attacked.patch("manager-there", bilal, email=PLANTED), attacked.mailed("bilal")
    assert got == (403, []), "as a manager of his home site, where he is nothing"
    assert attacked.email_of(amina) == HERS
    assert attacked.patch("desk", amina, display_name="Amina D.", email=HERS) == 403
    assert attacked.patch("desk", amina, language="en", email=HERS) == 200


def test_the_desk_changes_no_address_of_an_admin_on_the_page(attacked: Attacked) -> None:
    amina, desk = attacked.people["amina"], sign_in(attacked.web.port, "desk", PASSWORD)
    page = f"/members/{amina}/edit"
    status, text = attacked.send(desk, page, page, name="Amina", email=PLANTED, language="fr")
    assert (status, attacked.mailed("amina")) == (422, [])
    assert "seul un administrateur" in text
    planted = json.dumps({"email": PLANTED})
    attacked.send(desk, page, f"/members/{amina}/put-back", patch=planted, version="1")
    assert attacked.mailed("amina") == [], "as an undo"
    assert attacked.email_of(amina) == HERS


def test_no_merge_moves_an_admins_account_or_gives_it_an_address(attacked: Attacked) -> None:
    bilal = attacked.people["bilal"]
    decoy = attacked.decoy("Bilal B.", PLANTED)
    for kept, gone, name in ((decoy, bilal, "Bilal"), (bilal, decoy, "Bilal B.")):
        status, text = attacked.merge(kept, gone, name)
        assert (status, attacked.mailed("bilal")) == (422, [])
        assert "fait partie de l’équipe" in text
    assert attacked.patch("bilal", bilal, email=None) == 403, "he may do nothing at the annexe"


def test_a_file_of_members_changes_nobody_and_its_decoys_are_merged_with_no_admin(
    attacked: Attacked,
) -> None:
    bilal, manager = attacked.people["bilal"], sign_in(attacked.web.port, "manager-there", PASSWORD)
    lines = f"display_name,email,phone\nBilal,{PLANTED},0666666666\nBilal,{HIS},0666666666\n"
    page, data = "/members/import", b64encode(lines.encode()).decode()
    assert attacked.send(manager, page, f"{page}/do", data=data, name="members.csv")[0] == 303
    answer = attacked.as_("manager-there").ask("GET", "/api/v1/members?search=Bilal")[3]
    found = {item["id"]: item["email"] for item in json.loads(answer)["items"]}
    assert sorted(found.values()) == [HIS, HIS, PLANTED]
    assert attacked.mailed("bilal") == []
    for decoy in found.keys() - {bilal}:
        assert attacked.merge(bilal, decoy, "Bilal")[0] == 422
        assert attacked.merge(decoy, bilal, "Bilal")[0] == 422
    assert attacked.mailed("bilal") == []


def test_two_records_of_a_plain_member_are_merged_and_no_link_goes_to_either_address(
    attacked: Attacked,
) -> None:
    engine = open_database(attacked.web.database)
    with Database(engine, house=HOUSE).write() as db:
        system, now = Actor.system("test"), wall_clock()
        new = NewMember(display_name="Zoé", email="zoe@home.example", site_id=ANNEXE)
        zoe = members.create(db, new, actor=system, now=now).id
        roles = {ANNEXE: frozenset({Role.MEMBER})}
        accounts.create(
            db, login="zoe", password=PASSWORD, roles=roles, actor=system, now=now, member_id=zoe
        )
    engine.dispose()
    status, _ = attacked.merge(attacked.decoy("Zoé Z.", PLANTED), zoe, "Zoé")
    assert (status, attacked.mailed("zoe")) == (303, ["zoe@home.example"]), "she is told, once"
    assert attacked.post.got[0]["Subject"].startswith("Adresse de votre fiche changée")


def test_only_an_address_that_its_owner_has_confirmed_gets_the_link(attacked: Attacked) -> None:
    port, mine = attacked.web.port, "amina@mailbox.example"
    amina, desk = (sign_in(port, login, PASSWORD) for login in ("amina", "desk"))
    assert attacked.send(amina, "/me", "/me/address", email=mine)[0] == 303
    link = attacked.link(mine)
    assert attacked.mailed("amina") == [mine], "a link that nobody has opened confirms nothing"
    assert ask(port, "GET", link).status == 302, "nobody is signed in"
    assert attacked.send(desk, "/me", link)[0] == 403, "another account"
    assert ask(port, "GET", link, amina).status == 200
    assert attacked.mailed("amina") == [mine], "a program that follows links confirms nothing"
    assert attacked.send(amina, "/me", link)[0] == 303
    assert attacked.send(amina, "/me", link)[0] == 410, "once"
    assert attacked.mailed("amina") == [mine, mine]
    stranger = cookie_of(ask(port, "GET", "/sign-in"))
    reset = attacked.link(mine)
    password = "another correct horse"
    assert attacked.send(stranger, "/sign-in", reset, password=password)[0] == 303
    assert sign_in(port, "amina", password)


def test_no_link_that_confirms_an_address_sets_a_password(attacked: Attacked) -> None:
    amina, mine = sign_in(attacked.web.port, "amina", PASSWORD), "amina@mailbox.example"
    assert attacked.send(amina, "/me", "/me/address", email=mine)[0] == 303
    link = attacked.link(mine).replace("/me/address/", "/reset/")
    assert attacked.send(amina, "/me", link, password="another correct horse")[0] == 404
    assert sign_in(attacked.web.port, "amina", PASSWORD)


def test_no_address_that_the_desk_writes_lets_somebody_in_by_the_provider(
    attacked: Attacked,
) -> None:
    amina = attacked.people["amina"]
    assert attacked.patch("desk", amina, email=SAME_ADDRESS) == 403
    assert attacked.by_provider("eve") == 403
    assert attacked.patch("amina", amina, email=SAME_ADDRESS) == 200, "an admin may"
    assert attacked.by_provider("eve") == 403, "an address that the provider tells opens nothing"
    desk = sign_in(attacked.web.port, "desk", PASSWORD)
    came = attacked.at_provider("eve", *attacked.to_link(desk))
    shown = ask(attacked.web.port, "GET", came.path, came.cookie)
    assert shown.headers["Location"] == "/me/provider/identity"
    assert attacked.by_provider("eve") == 403, "not before its owner says so"
    cookie = "; ".join(filter(None, (cookie_of(shown), came.cookie)))
    path = "/me/provider/identity"
    assert attacked.send(cookie, path, path)[0] == 303
    assert attacked.by_provider("eve") == 303, "the desk's own account, which it has linked"


def test_no_admin_links_the_identity_of_somebody_who_hands_them_the_providers_answer(
    attacked: Attacked,
) -> None:
    port = attacked.web.port
    amina, desk = (sign_in(port, login, PASSWORD) for login in ("amina", "desk"))
    came = attacked.at_provider("eve", *attacked.to_link(desk))
    assert ask(port, "GET", came.path, amina).status == 403
    assert attacked.by_provider("eve") == 403
    begun = attacked.at_provider("ada", *attacked.to_link(amina))
    assert ask(port, "GET", came.path, begun.cookie).status == 403, "she has begun one herself"
    assert attacked.by_provider("eve") == 403
