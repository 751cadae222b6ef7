"""A badge that opens nothing: the desk says so before any act, and what to do with it."""

import html
import re
from datetime import timedelta

import pytest

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members import members
from controller.capabilities.plans import attention_list
from controller.domain.facts import SuspendedBecause
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.desk.conftest import SYSTEM, Desk
from tests.webui.members.people import add_member, undo

NUMBER = "04A1B2C3"
ACTS = {"lost": credentials.mark_lost, "suspend": credentials.suspend}


def badge(database: Database, status: str = "", **times: Utc | bool | SuspendedBecause) -> str:
    """Zoé's badge in that state; its id."""
    with database.write() as db:
        row = db.query(CredentialRow).one()
        if status:
            ACTS[status](db, row.id, actor=SYSTEM, now=NOW)
        for name, value in times.items():
            setattr(row, name, value)
        return row.id


def card(desk: Desk) -> str:
    """What stands there once the badge was read."""
    text = desk.text(desk.opened(NUMBER).removeprefix("/desk"))
    return text[text.index('id="person"') : text.index('class="unfold"')]


def is_main(text: str) -> bool:
    """Whether *In* is the act that the card leads to."""
    (form,) = re.findall(r'<form[^>]*action="/desk/enter">.*?</form>', text, re.DOTALL)
    return "is-main" in form


@pytest.mark.parametrize(
    ("status", "times", "said", "act"),
    [
        (
            "lost",
            {},
            "Ce badge a été déclaré perdu le 24\u00a0novembre. Gardez le badge",
            "Retrouvé\u00a0: le rétablir",
        ),
        ("suspend", {}, "Ce badge est suspendu depuis le 24\u00a0novembre.", "Rétablir"),
        (
            "suspend",
            {"suspended_because": SuspendedBecause.COPIED},
            "Ce badge a servi à deux endroits à la fois : il est suspendu depuis le"
            " 24\u00a0novembre. Quelqu’un l’a sans doute copié."
            " Remplacez-le plutôt que de le rétablir.",
            "Rétablir",
        ),
        (
            "",
            {"valid_until": Utc.parse("2026-11-20T10:00:00.000Z")},
            "Ce badge a pris fin le 20\u00a0novembre.",
            "Rendu",
        ),
        (
            "",
            {"valid_until": Utc.parse("2026-11-20T10:00:00.000Z"), "lent": True},
            "Le prêt de ce badge a pris fin le 20\u00a0novembre.",
            "Rendu",
        ),
        (
            "",
            {"valid_from": Utc.parse("2026-12-20T10:00:00.000Z")},
            "Ce badge ne marche qu’à partir du 20\u00a0décembre.",
            "",
        ),
    ],
)
def test_it_is_said_first(
    desk: Desk,
    database: Database,
    status: str,
    times: dict[str, Utc | SuspendedBecause],
    said: str,
    act: str,
) -> None:
    assert is_main(card(desk)), "a badge that works"
    badge(database, status, **times)
    text = card(desk)
    first = re.sub(
        "<[^>]+>", "", text[text.index('id="stopped"') : text.index('class="desk-actions"')]
    )
    assert said.replace("\u00a0", " ") in first.replace("\u00a0", " ")
    assert act.replace("\u00a0", " ") in first.replace("\u00a0", " ")
    assert text.index('id="stopped"') < text.index('class="says is-later"')
    assert not is_main(text)


@pytest.mark.parametrize("act", ["/desk/give", "/desk/lend", "/members/{zoe}/badges"])
def test_given_once_more_it_is_offered_to_be_restored(
    desk: Desk, database: Database, act: str
) -> None:
    key = badge(database, "lost")
    sent = {"csrf_token": token_of(desk.client), "member": desk.zoe, "value": NUMBER}
    answer = desk.client.post(act.format(zoe=desk.zoe), data=sent, follow_redirects=True)
    text = html.unescape(answer.get_data(as_text=True))
    assert "déclaré perdu le 24\u00a0novembre" in text
    assert f"/members/{desk.zoe}/badges/{key}/restore" in text[text.index('id="stopped"') :]
    assert "appartient déjà à quelqu’un" not in text
    assert NUMBER not in answer.request.url
    other = add_member(database, "Ana Roy")
    answer = desk.client.post(act.format(zoe=other), data=sent | {"member": other})
    assert "appartient déjà à quelqu’un" in html.unescape(answer.get_data(as_text=True))


def test_a_lent_badge_that_is_read_says_so_and_is_given_back_first(
    desk: Desk, database: Database
) -> None:
    key = badge(database, lent=True, valid_until=Utc.parse("2026-11-24T23:00:00.000Z"))
    text = card(desk)
    first = re.sub(
        "<[^>]+>", "", text[text.index('id="stopped"') : text.index('class="desk-actions"')]
    )
    assert "Ce badge est prêté jusqu’à minuit." in first
    assert "Rendu" in first
    assert not is_main(text), "it is usually read to be given back"
    assert "elle est là quand même" not in text, "it works"
    assert "Ce badge est prêté" not in desk.text(f"?person={desk.zoe}"), "found by name"
    path = f"/members/{desk.zoe}/badges/{key}/return"
    assert f'action="{path}"' in text
    address = desk.post("/find", q=NUMBER).headers["Location"]
    assert address == f"/members/{desk.zoe}?shown={key}"
    assert "Ce badge est prêté jusqu’à minuit." in desk.client.get(address).text
    by_end = desk.post("/desk/find", q=NUMBER[-4:]).headers["Location"]
    assert "Ce badge est prêté jusqu’à minuit." in desk.text(by_end.removeprefix("/desk"))
    assert desk.post(path, back="desk").headers["Location"] == f"/desk?person={desk.zoe}"


def test_a_lent_badge_of_somebody_who_has_left_is_asked_for_and_taken_back(
    desk: Desk, database: Database
) -> None:
    key = badge(database, lent=True, created_at=Utc.of(NOW - timedelta(days=1)))
    leaving = html.unescape(desk.client.get(f"/members/{desk.zoe}/leave").text)
    assert "Le badge B2C3 est prêté" in leaving
    with database.write() as db:
        patch = {"status": "left"}
        members.change(db, desk.zoe, patch, version=None, actor=SYSTEM, now=NOW)
    path = f'action="/members/{desk.zoe}/badges/{key}/return"'
    assert path in desk.text(), "among the lent badges"
    assert "badge B2C3" in html.unescape(desk.client.get("/members").text), "not returned"
    with database.read() as db:
        midnight = Utc.of(NOW - timedelta(hours=14))
        found = attention_list.attention_list(db, SITE, today=midnight, actor=SYSTEM, now=NOW)
        assert [it.ending for it in found.overdue] == ["B2C3"]
    text = card(desk)
    assert path in text
    assert "/restore" not in text[text.index('id="stopped"') :]
    badge(database, lent=False)
    text = card(desk)
    assert path in text, "their own badge, too: restoring it is always refused"
    assert "/restore" not in text[text.index('id="stopped"') :]
    badge(database, "lost", lent=True)
    assert path not in desk.text(), "nobody has it"


@pytest.mark.parametrize("status", ["lost", "suspend"])
def test_the_end_of_its_number_says_the_same_as_the_whole_number(
    desk: Desk, database: Database, status: str
) -> None:
    badge(database, status)
    notice = re.compile(r'id="stopped".*?action="[^"]*"', re.DOTALL)
    (whole,) = notice.findall(card(desk))
    by_end = desk.post("/desk/find", q=NUMBER[-4:].lower()).headers["Location"]
    assert notice.findall(desk.text(by_end.removeprefix("/desk"))) == [whole]


def test_whose_only_badge_is_suspended_can_be_given_another(desk: Desk, database: Database) -> None:
    give = 'action="/desk/give"'
    assert give not in desk.text(f"?person={desk.zoe}")
    badge(database, "suspend")
    assert give in desk.text(f"?person={desk.zoe}")


def test_found_again_it_is_greeted_as_before_and_that_is_taken_back(
    desk: Desk, database: Database
) -> None:
    key = badge(database, "lost")
    path = f"/members/{desk.zoe}/badges/{key}/restore"
    assert path in card(desk)
    shown = desk.post(path, back="desk").headers["Location"]
    assert undo(desk.client, shown) == "Badge rétabli."
    assert 'id="stopped"' in card(desk), "it is lost again"
    desk.post(path, back="desk")
    assert 'id="stopped"' not in card(desk)


def test_her_page_says_it_too_where_the_field_of_every_page_finds_her(
    desk: Desk, database: Database
) -> None:
    key = badge(database, "lost")
    address = desk.post("/find", q=NUMBER).headers["Location"]
    assert address == f"/members/{desk.zoe}?shown={key}"
    text = desk.client.get(address).get_data(as_text=True)
    assert text.index('id="stopped"') < text.index('id="sentence"')


def test_a_badge_of_somebody_else_is_not_spoken_of(desk: Desk, database: Database) -> None:
    key = badge(database, "lost")
    assert 'id="stopped"' not in desk.text(f"?shown={key}")
    assert 'id="stopped"' not in desk.text(f"?person={desk.zoe}&shown=nothing")


def test_who_may_not_come_in_is_noted_on_purpose_only(desk: Desk, database: Database) -> None:
    assert is_main(card(desk))
    assert "elle est là quand même" not in card(desk)
    with database.write() as db:
        members.suspend(db, desk.zoe, "dispute", actor=SYSTEM, now=NOW)
    text = card(desk)
    assert "accès suspendu" in text
    assert not is_main(text)
    assert "elle est là quand même\u202f? La noter\u00a0: Atelier" in text
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    assert "1 sur 10" in desk.text()


def test_a_lost_badge_is_replaced_and_that_is_taken_back(desk: Desk, database: Database) -> None:
    key = badge(database)
    fields = {"member": desk.zoe, "badge": key}
    shown = desk.post("/desk/replace", **fields, value="04FFFFFF").headers["Location"]
    assert undo(desk.client, shown).startswith("Badge remplacé")
    assert 'id="stopped"' not in card(desk)
    desk.post("/desk/replace", **fields, value="04FFFFFF")
    assert 'id="stopped"' in card(desk), "the old one"
    for wrong in ({"member": "nobody"}, {"badge": "nothing"}):
        assert desk.post("/desk/replace", **fields | wrong, value="04FFFFFF").status_code == 404
