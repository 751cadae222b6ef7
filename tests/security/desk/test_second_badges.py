"""The desk can't read a member's page with a badge that it gave: the member is notified first."""

import html

import pytest
from flask import Flask

from controller.assembly import HOUSE
from controller.capabilities.badges import credentials
from controller.capabilities.badges.messages import BadgeMessage, HandoverReason
from controller.capabilities.members import members, record_merge
from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.self_service import codes
from controller.capabilities.self_service.messages import CodeMessage
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.message import Message, MessageContext
from controller.kernel.translation import translator
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import Desk, bearer, letters, send, signed_in

EMAIL, LOGIN = "amina@example.org", "amina.d@example.org"
SECOND = "uid:04AA00000000F1"
CODE = "4711"


@pytest.fixture
def amina(place: Place, app: Flask) -> str:
    """A member with a badge, an address and an account of her own; its id."""
    with place.database.write() as db:
        person = place.member(db)
        patch = {"email": EMAIL}
        members.change(db, person.id, patch, version=None, actor=BOSS, now=place.now)
        place.badge(db, person.id)
        place.account(db, LOGIN, Role.MEMBER, member_id=person.id)
    place.clock.forward(days=30)
    return person.id


@pytest.fixture
def terminal(place: Place) -> str:
    """The address of one, that a manager has made."""
    new = NewAddress(name="Entrée", kind=AddressKind.TERMINAL)
    with place.database.write() as db:
        _address, secret = addresses.create(db, place.site, new, actor=BOSS, now=place.now)
    return f"/terminal/{secret}"


def reads_her_page(app: Flask, desk: Desk, member: str, terminal: str, badge: str) -> str:
    """What the desk sees that allows a code, chooses it with this badge, and enters with both.

    The code is a day old by then, the badge as old as it was.
    """
    chosen = choose_code(app, desk, member, terminal, badge)
    desk.place.clock.forward(hours=24)
    entered = html.unescape(send(app.test_client(), terminal, badge=badge, code=CODE))
    return chosen + entered


def choose_code(app: Flask, desk: Desk, member: str, terminal: str, badge: str) -> str:
    desk.send(f"/members/{member}/code")
    visitor = app.test_client()
    chosen = send(visitor, f"{terminal}/choose", badge=badge, code=CODE, again=CODE)
    return html.unescape(chosen)


def test_a_number_that_is_typed_chooses_a_code_that_opens_the_page_a_day_later(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    """The desk has read the member's own badge; she has read the letter about the code by then."""
    number = "uid:04000000000001"
    assert "il ouvrira votre page demain à 11:00" in choose_code(app, desk, amina, terminal, number)
    assert [address for address, _ in letters(place, "terminal_code")] == [EMAIL, LOGIN]
    place.clock.forward(hours=23)
    assert "Bonjour" not in send(app.test_client(), terminal, badge=number, code=CODE)
    place.clock.forward(hours=1)
    assert "Bonjour" in send(app.test_client(), terminal, badge=number, code=CODE)


def test_a_code_that_a_manager_allows_opens_it_at_once_and_one_that_is_allowed_ends_no_other(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    number = "uid:04000000000001"
    choose_code(app, Desk(app, place, "manager"), amina, terminal, number)
    assert "Bonjour" in send(app.test_client(), terminal, badge=number, code=CODE)
    desk.send(f"/members/{amina}/code")
    assert "Bonjour" in send(app.test_client(), terminal, badge=number, code=CODE)


def test_a_second_badge_opens_the_page_only_when_its_holder_has_had_time_to_object(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    desk.send(f"/members/{amina}/badges", value=SECOND)
    assert letters(place) == [
        (EMAIL, {"how": "given", "ending": "00F1"}),
        (LOGIN, {"how": "given", "ending": "00F1"}),
    ]
    seen = reads_her_page(app, desk, amina, terminal, SECOND)
    assert "Bonjour Amina Diallo" not in seen
    assert "il ouvrira cette page demain à 11:00" in seen
    assert letters(place, "terminal_code") == []
    place.clock.forward(hours=24)
    assert "Bonjour Amina Diallo" in reads_her_page(app, desk, amina, terminal, SECOND)
    assert [address for address, _ in letters(place, "terminal_code")] == [EMAIL, LOGIN]
    own = html.unescape(signed_in(app, "amina.d").get("/mine").get_data(as_text=True))
    for line in ("Badge donné", "Code pour la borne choisi", "par desk", "finit par 00F1"):
        assert line in own, line


def test_a_code_that_is_there_already_does_not_open_it_with_a_fresh_badge_either(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    """Whoever has seen the code typed."""
    who = Actor(ref=f"member:{amina}", member_id=amina)
    with place.database.write() as db:
        codes.set_own(db, CODE, key=codes.hashing_key("s" * 40), actor=who, now=place.now)
    desk.send(f"/members/{amina}/badges", value=SECOND)
    seen = send(app.test_client(), terminal, badge=SECOND, code=CODE)
    assert "Bonjour" not in seen
    place.clock.forward(hours=24)
    assert "Bonjour" in send(app.test_client(), terminal, badge=SECOND, code=CODE)


def test_a_badge_that_is_lent_never_opens_it(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    token = bearer(place, "desk@example.org")
    body = {"member_id": amina, "value": SECOND, "lent": True}
    assert (
        app.test_client().post("/api/v1/credentials", json=body, headers=token).status_code == 201
    )
    assert [detail["how"] for _, detail in letters(place)] == ["lent", "lent"]
    place.clock.forward(days=8)
    seen = reads_her_page(app, desk, amina, terminal, SECOND)
    assert "Un badge prêté n’ouvre pas cette page." in seen


def test_a_lost_badge_that_the_desk_found_waits_as_well(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    with place.database.read() as db:
        (badge,) = credentials.page(db, actor=BOSS, member_id=amina).items
    desk.send(f"/members/{amina}/badges/{badge.id}/lost")
    place.clock.forward(days=3)
    desk.send(f"/members/{amina}/badges/{badge.id}/restore")
    assert [detail["how"] for _, detail in letters(place)] == ["restored", "restored"]
    number = "uid:04000000000001"
    assert "Bonjour" not in reads_her_page(app, desk, amina, terminal, number)
    place.clock.forward(hours=24)
    assert "Bonjour" in reads_her_page(app, desk, amina, terminal, number)


def test_so_does_one_that_had_expired(place: Place, app: Flask, amina: str) -> None:
    with place.database.read() as db:
        (badge,) = credentials.page(db, actor=BOSS, member_id=amina).items
    token = bearer(place, "desk@example.org")
    address, client = f"/api/v1/credentials/{badge.id}", app.test_client()

    def end(when: str | None) -> object:
        version = client.get(address, headers=token).headers["ETag"]
        answer = client.patch(
            address, json={"valid_until": when}, headers={**token, "If-Match": version}
        )
        return answer.get_json()["own_page_from"]

    before = end(place.now.text())
    place.clock.forward(days=1)
    after = end(None)
    assert (before, after) == ("2026-11-24T10:00:00.000Z", "2026-12-26T10:00:00.000Z")
    assert [detail["how"] for _, detail in letters(place)] == ["restored", "restored"]


def test_a_replacement_waits_and_its_holder_hears_of_it(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    with place.database.read() as db:
        (badge,) = credentials.page(db, actor=BOSS, member_id=amina).items
    desk.send(f"/members/{amina}/badges/{badge.id}/replace", value=SECOND)
    assert [detail["how"] for _, detail in letters(place)] == ["replaced", "replaced"]
    assert "Bonjour" not in reads_her_page(app, desk, amina, terminal, SECOND)


@pytest.mark.parametrize("kept", ["amina", "decoy"])
def test_a_decoy_record_that_is_merged_brings_no_old_badge_and_no_code(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str, kept: str
) -> None:
    """The desk makes a second record, with a badge and a code, and has a manager merge them."""
    with place.database.write() as db:
        decoy = place.member(db, "Amina Dialo")
        boss = place.account(db, "boss@example.org", Role.MANAGER)
    place.clock.forward(minutes=5)
    desk.send(f"/members/{decoy.id}/badges", value=SECOND)
    place.clock.forward(days=2)
    manager = Desk(app, place, "manager")  # no letter reaches the decoy
    assert "Bonjour Amina Dialo" in reads_her_page(app, manager, decoy.id, terminal, SECOND)
    ids = (amina, decoy.id) if kept == "amina" else (decoy.id, amina)
    with place.database.write() as db:
        record_merge.merge(db, *ids, actor=boss, now=place.now)
    seen = send(app.test_client(), terminal, badge=SECOND, code=CODE)
    assert "Bonjour" not in seen
    assert {address for address, _ in letters(place)} == {EMAIL, LOGIN}
    assert "Bonjour" not in reads_her_page(app, desk, ids[0], terminal, SECOND)


def test_whoever_may_read_all_of_it_gives_a_badge_that_opens_it_at_once(
    place: Place, app: Flask, desk: Desk, amina: str, terminal: str
) -> None:
    Desk(app, place, "manager").send(f"/members/{amina}/badges", value=SECOND)
    assert "Bonjour" in reads_her_page(app, desk, amina, terminal, SECOND)
    assert len(letters(place)) == 2


def test_the_letter_goes_where_the_member_read_it_before_the_desk_changed_that(
    place: Place, desk: Desk, amina: str
) -> None:
    desk.send(f"/members/{amina}/badges", value=SECOND)
    with place.database.write() as db:
        patch = {"email": "desk@example.com"}
        members.change(db, amina, patch, version=None, actor=BOSS, now=place.now)
    assert [address for address, _ in letters(place)] == [EMAIL, LOGIN]


def test_nor_does_changing_it_first_hide_what_comes_next(
    place: Place, app: Flask, desk: Desk, terminal: str
) -> None:
    """Of who has no account: the badge and the code, for a month."""
    with place.database.write() as db:
        member = place.member(db, "Paul").id
        desks = place.account(db, "other", Role.DESK)
        for email, who in ((EMAIL, BOSS), ("a@desk.example", desks), ("b@desk.example", desks)):
            patch = {"email": email}
            members.change(db, member, patch, version=None, actor=who, now=place.now)
        place.badge(db, member)
    place.clock.forward(days=1)
    desk.send(f"/members/{member}/badges", value=SECOND)
    written_to = ["b@desk.example", EMAIL, "a@desk.example"]
    assert [address for address, _ in letters(place)] == written_to
    choose_code(app, desk, member, terminal, "uid:04000000000001")
    assert [address for address, _ in letters(place, "terminal_code")] == written_to
    place.clock.forward(days=30)
    desk.send("/desk/lend", member=member, value="uid:04AA00000000F2")
    assert [address for address, _ in letters(place)][3:] == ["b@desk.example"]


def test_who_is_added_with_a_badge_gets_no_letter_about_it(
    place: Place, desk: Desk, app: Flask
) -> None:
    """They stand at the desk, and their record has nothing in it yet."""
    desk.send("/members", name="Zoé Neuve", badge=SECOND, reach="zoe@example.org")
    assert letters(place) == []
    with place.database.read() as db:
        (badge,) = credentials.page(db, actor=BOSS).items
    assert badge.own_page_from == Utc.parse("2026-11-25T10:00:00.000Z")


@pytest.mark.parametrize(
    "message", [*(BadgeMessage(how=how, ending="00F1") for how in HandoverReason), None]
)
def test_each_letter_reads_in_both_languages(place: Place, message: BadgeMessage | None) -> None:
    sent: Message = message or CodeMessage()
    assert HOUSE.messages.read(sent.WHAT, sent.detail()) == sent
    with place.database.read() as db:
        said = {
            language: sent.letter(
                MessageContext(
                    translator=translator(db, language),
                    place="Ici",
                    zone="Europe/Paris",
                    now=place.now,
                    secret="",
                    db=db,
                )
            )
            for language in (Language.FR, Language.EN)
        }
    assert said[Language.FR].subject != said[Language.EN].subject
    for letter in said.values():
        assert "Ici" in letter.subject
        assert message is None or "00F1" in letter.lines[0]
