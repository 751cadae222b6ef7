"""The list of members: found by three letters, narrowed by state, and one line that adds."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites
from controller.capabilities.plans import member_search, passes, plans, subscriptions
from controller.capabilities.plans.models import PassUse, SubscriptionRow
from controller.capabilities.plans.shapes import NewPass, NewPlan, NewSubscription
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.settings import SiteSettings
from controller.wire.ids import uuid7
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.members.people import add_member, undo
from webui.members.pages import PAGE
from webui.members.views import mark_matches

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32, b"w" * 32)
NAMES = ("Abel", "Bruno", "Chloé", "Dora", "Émile")
"""Subscribed; ends soon; over; suspended; left."""


@pytest.fixture
def people(client: FlaskClient, database: Database) -> FlaskClient:
    filled(database, _fill)
    sign_in(client, "desk")
    return client


def _fill(database: Database) -> None:
    with database.write() as db:
        plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
    ids = {name: add_member(database, name) for name in NAMES}
    with database.write() as db:
        for name, days in (("Abel", 200), ("Bruno", 10), ("Chloé", -1), ("Dora", 200)):
            new = NewSubscription(
                member_id=ids[name],
                plan_id="atelier",
                valid_from=Utc.of(NOW - timedelta(days=30)),
                valid_until=Utc.of(NOW + timedelta(days=days)),
            )
            subscriptions.create(db, new, actor=SYSTEM, now=NOW)
        badge = NewCredential(member_id=ids["Abel"], value="uid:04A1B2C3")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
        db.get_one(MemberRow, ids["Dora"]).status = MemberStatus.SUSPENDED
        db.get_one(MemberRow, ids["Émile"]).status = MemberStatus.LEFT


def shown(client: FlaskClient, query: str) -> set[str]:
    text = html.unescape(client.get(f"/members{query}").get_data(as_text=True))
    found = re.findall(r'<a class="row" href="[^"]+">(.*?)</a>', text)
    return {re.sub("</?(mark|span)>", "", item) for item in found}


def test_the_letters_that_were_asked_for_are_marked() -> None:
    name = "Éloïse d’Artois-Delattre"
    assert mark_matches(name, "elo art") == (
        ("Élo", True),
        ("ïse", False),
        (" ", False),
        ("d", False),
        ("’", False),
        ("Art", True),
        ("ois", False),
        ("-", False),
        ("Delattre", False),
    )
    assert mark_matches(name, "") == ((name, False),)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("covered", {"Abel", "Bruno"}),
        ("ending", {"Bruno"}),
        ("uncovered", {"Chloé"}),
        ("no-badge", {"Bruno", "Chloé"}),
        ("suspended", {"Dora"}),
        ("left", {"Émile"}),
        ("anything", set(NAMES)),
    ],
)
def test_narrowed_by_state(people: FlaskClient, state: str, names: set[str]) -> None:
    assert shown(people, f"?state={state}") == names
    assert shown(people, f"?state={state}&q=b") == names & {"Bruno"}


def test_the_newest_first_say_when_they_joined(people: FlaskClient, database: Database) -> None:
    with database.write() as db:
        abel = db.query(MemberRow).filter_by(display_name="Abel").one()
        abel.created_at = Utc.of(NOW - timedelta(days=1))
    text = html.unescape(people.get("/members").get_data(as_text=True))
    assert re.search(r">Abel<.*?<td class=\"joined\">23\s+novembre</td>", text, re.S)
    assert '<td class="joined">aujourd’hui</td>' in text
    for query in ("?sort=name", "?q=abel"):
        assert "joined" not in people.get(f"/members{query}").get_data(as_text=True)


def test_sorted_by_name_page_by_page(people: FlaskClient, database: Database) -> None:
    for number in range(PAGE):
        add_member(database, f"Bea {number:02}")
    address, seen, pages = "/members?sort=name", [], 0
    while address:
        pages += 1
        text = html.unescape(people.get(address).get_data(as_text=True))
        seen += re.findall(r'class="row" href="[^"]+"><span>([^<]+)<', text)
        following = re.search(r'href="(/members\?[^"]*after=[^"]*)"', text)
        address = following[1] if following else ""
    names = [name for name in seen if name in NAMES]
    assert names == sorted(NAMES, key=lambda name: name.replace("É", "E"))
    assert pages > 1
    assert "Par nom" in text


def test_each_line_says_only_what_is_unusual(people: FlaskClient, database: Database) -> None:
    add_member(database, "Fanny")
    text = html.unescape(people.get("/members").get_data(as_text=True)).replace("\u00a0", " ")
    rows = dict(
        re.findall(r'<a class="row"[^>]*><span>(\w+)</span></a></th>(.*?)</tr>', text, re.S)
    )
    said = {name: re.findall(r"</svg><span>([^<]+)</span>", row) for name, row in rows.items()}
    assert said == {
        "Abel": [],
        "Bruno": ["Sans badge"],
        "Chloé": ["Abonnement terminé"],
        "Dora": ["Suspendu"],
        "Émile": ["Parti du lieu"],
        "Fanny": ["Sans badge"],
    }
    assert '<td class="num">B2C3</td>' in rows["Abel"]
    assert "<span>Aucun</span>" in rows["Fanny"]
    with database.write() as db:
        badge = NewCredential(member_id=ids_of(database)["Bruno"], value="uid:04D4E5F6")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    assert "Finit dans 10 jours" in people.get("/members?q=bru").text.replace("\u00a0", " ")
    with database.write() as db:
        bruno = db.query(SubscriptionRow).filter_by(member_id=ids_of(database)["Bruno"]).one()
        bruno.valid_until = Utc.of(NOW + timedelta(days=2, hours=-1))
    text = people.get("/members?q=bru").text.replace("\u00a0", " ")
    assert "Finit dans 2 jours" in text, "days of the calendar, as at the desk"

    with database.write() as db:  # on the day after tomorrow, not 48 hours from now
        row = db.query(SubscriptionRow).filter_by(member_id=ids_of(database)["Bruno"]).one()
        row.valid_until = Utc.of(NOW + timedelta(days=2, hours=-1))
    assert "Finit dans 2 jours" in people.get("/members?q=bru").text.replace("\u00a0", " ")


def test_a_price_stands_below_the_name_that_it_would_squeeze(
    people: FlaskClient, database: Database
) -> None:
    rate = SubscriptionRate(plan_id="atelier", price_cents=3000)
    since = Utc.of(NOW - timedelta(days=60))
    new = NewTariff(valid_from=since.date(), decision="2026-61", rates=(rate,), site_id=SITE)
    with database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=since)
    assert '</form><small class="soft">30,00' in people.get("/members").text


def ids_of(database: Database) -> dict[str, str]:
    with database.read() as db:
        return {row.display_name: row.id for row in db.query(MemberRow)}


def test_a_subscription_that_is_still_to_come_says_from_when(
    people: FlaskClient, database: Database
) -> None:
    from_, until = Utc.of(NOW + timedelta(days=10)), Utc.of(NOW + timedelta(days=100))
    new = NewSubscription(
        member_id=add_member(database, "Fanny"),
        plan_id="atelier",
        valid_from=from_,
        valid_until=until,
    )
    with database.write() as db:
        subscriptions.create(db, new, actor=SYSTEM, now=NOW)
    text = people.get("/members?q=fanny").text
    row = text[text.index('<a class="row"') :].partition("</tr>")[0]
    assert "Dès le 4 décembre" in row.replace("\u00a0", " ")
    assert "Sans abonnement" not in row


@pytest.mark.parametrize("left", [1, 0])
def test_who_has_a_pass_is_the_same_in_the_row_and_in_the_chips(
    people: FlaskClient, database: Database, left: int
) -> None:
    """Without a subscription; and a pass of which nothing is left is none."""
    with database.write() as db:
        chloe = db.query(MemberRow).filter_by(display_name="Chloé").one().id
        credentials.create(
            db,
            NewCredential(member_id=chloe, value="uid:04D4E5F6"),
            vault=VAULT,
            actor=SYSTEM,
            now=NOW,
        )
        bought = NewPass(member_id=chloe, plan_id="atelier", units=1, valid_from=NOW)
        pass_id = passes.create(db, bought, actor=SYSTEM, now=NOW).id
        if not left:
            spent = {"starts_at": NOW - timedelta(hours=2), "ends_at": NOW - timedelta(hours=1)}
            use = PassUse(
                id=uuid7(), pass_id=pass_id, member_id=chloe, day=NOW.date(), half=1, **spent
            )
            db.add(use)
    assert ("Chloé" in shown(people, "?state=covered")) == bool(left)
    assert ("Chloé" in shown(people, "?state=uncovered")) != bool(left)
    text = " ".join(people.get("/members?q=chlo").text.replace("\u00a0", " ").split())
    assert ("Pass Atelier" in text) == bool(left)
    assert ("Abonnement terminé" in text) != bool(left)


def add(client: FlaskClient, **fields: str) -> tuple[int, str]:
    data = {"csrf_token": token_of(client), **fields}
    answer = client.post("/members", data=data)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def test_one_line_adds_somebody_whole_and_takes_her_back(
    people: FlaskClient, database: Database
) -> None:
    fields = {"name": " Zoé   d’Artois ", "badge": "04DDEEFF", "plan": "atelier", "length": "month"}
    status, _ = add(people, **fields, reach="zoe@example.org")
    assert status == 303
    with database.read() as db:
        zoe = db.query(MemberRow).filter_by(display_name="Zoé d’Artois").one()
        assert db.query(CredentialRow).filter_by(member_id=zoe.id).count() == 1
        assert db.query(SubscriptionRow).filter_by(member_id=zoe.id).count() == 1
    undo(people, f"/members/{zoe.id}")
    assert people.get(f"/members/{zoe.id}").status_code == 404
    assert add(people, **fields, reach="zoe@lys")[0] == 303, "the badge is free again"
    listed = html.unescape(people.get("/members").get_data(as_text=True))
    assert "Vérifiez l’adresse\u00a0: zoe@lys." in listed, "and the address is taken all the same"


def test_who_may_be_here_already_is_shown_before(people: FlaskClient, database: Database) -> None:
    add_member(database, "Bérénice Caudrelier-Wojciechowski")
    for name in ("Berenice Caudr", "Bérénice Caudrelier", "B. Caudrelier"):
        status, text = add(people, name=name, plan="atelier")
        assert status == 422
        assert "Bérénice Caudrelier-Wojciechowski</a>" in text
        assert f'value="{name}"' in text
        assert '<option value="atelier" selected>' in text, "what was chosen stays"
    assert add(people, name="Bérénice Caudrelier", seen="1")[0] == 303
    part = people.get("/members/like?name=wojc").get_data(as_text=True)
    assert "Wojciechowski" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " \u00a0 "}, "Saisissez un nom."),
        ({"name": "N\u0456na"}, "Saisissez un nom, de 200 caractères visibles au plus"),
        ({"reach": "nowhere"}, "Ce n’est ni une adresse"),
        ({"badge": "no badge"}, "Ce n’est pas un numéro de badge"),
        ({"badge": "04A1B2C3"}, "Ce badge appartient déjà à quelqu’un"),
        ({"plan": "nothing"}, "Choisissez une formule"),
        ({"plan": "atelier", "length": "until"}, "Choisissez une formule"),
    ],
)
def test_nothing_is_added_while_something_is_wrong(
    people: FlaskClient, database: Database, fields: dict[str, str], words: str
) -> None:
    status, text = add(people, **({"name": "Nova"} | fields))
    assert status == 422
    assert words in text
    with database.read() as db:
        assert db.query(MemberRow).count() == len(NAMES)


def test_all_that_is_wrong_with_the_line_is_said_at_once(
    people: FlaskClient, database: Database
) -> None:
    """A badge that is none or somebody's, a contact that is neither, a plan of nowhere."""
    badges = {"04A1": "Ce n’est pas un numéro de badge", "04A1B2C3": "Ce badge appartient déjà à"}
    for badge, why in badges.items():
        fields = {"name": "Nova", "badge": badge, "plan": "nowhere", "reach": "nova at home"}
        status, text = add(people, **fields)
        assert status == 422
        assert why in text
        assert "Ce n’est ni une adresse e-mail, ni un numéro" in text
        assert "Choisissez une formule" in text
        assert text.count('aria-invalid="true"') == 3
    with database.read() as db:
        assert db.query(MemberRow).count() == len(NAMES)


def test_a_missing_name_hides_no_other_mistake(people: FlaskClient, database: Database) -> None:
    """Nor do a similar name that is asked about, or an address that may be meant."""
    status, text = add(people, name=" ", badge="04A1", reach="nova at home")
    assert status == 422
    assert 'value="nova at home"' in text
    assert all(it in text for it in ("Saisissez un nom.", "pas un numéro de badge", "ni un numéro"))
    add_member(database, "Bérénice Caudrelier-Wojciechowski")
    status, text = add(people, name="B. Caudrelier", badge="0042", reach="berenice@exemple")
    assert status == 422
    assert "Quelqu’un porte un nom proche" in text
    assert "pas un numéro de badge" in text
    assert "Vérifiez l’adresse\u00a0: berenice@exemple." in text


def test_an_address_that_somebody_has_is_asked_about_once(
    people: FlaskClient, database: Database
) -> None:
    """On adding somebody, and in the record; families may share one."""
    asked = "Cette adresse figure déjà sur la fiche de\u00a0: Ada Lovelace."
    assert add(people, name="Ada Lovelace", reach="family@example.org")[0] == 303
    new = {"name": "Nova", "badge": "04DDEEFF", "reach": "Family@example.org"}
    status, text = add(people, **new)
    assert status == 422
    assert asked in text
    assert 'name="same_email" value="Family@example.org">' in text
    assert 'value="04DDEEFF"' in text
    status, text = add(people, **new | {"reach": "family@example.com"}, same_email=new["reach"])
    assert status == 303, "nobody has that one"
    status, text = add(people, **new | {"badge": "0042"}, same_email=new["reach"])
    assert asked not in text
    assert 'name="same_email" value="Family@example.org" checked>' in text
    assert add(people, name="Nino", reach="family@example.org", same_email=new["reach"])[0] == 303
    with database.read() as db:
        nova, nino = (
            db.query(MemberRow).filter_by(display_name=it).one() for it in ("Nova", "Nino")
        )
    assert nino.email == "family@example.org"

    def save(member: str, **fields: str) -> tuple[int, str]:
        data = {"csrf_token": token_of(people), "name": "Nova", "language": "fr", **fields}
        answer = people.post(f"/members/{member}/edit", data=data)
        return answer.status_code, html.unescape(answer.get_data(as_text=True))

    status, text = save(nova.id, email="family@example.org")
    assert status == 422
    assert "Ada Lovelace, Nino." in text or "Nino, Ada Lovelace." in text
    both = {"email": "family@example.org", "same_email": "family@example.org"}
    assert save(nova.id, **both)[0] == 303
    assert save(nova.id, email="FAMILY@example.org")[0] == 303, "it is theirs already"


def test_a_readers_enter_adds_nobody_and_asks_what_comes_next(
    people: FlaskClient, database: Database
) -> None:
    """Enter presses the first button of the line, with scripts or without."""
    line = people.get("/members").get_data(as_text=True).partition("data-line>")[2]
    assert re.search(r"<button[^>]*>", line)[0].count('name="next"') == 1  # type: ignore[index]
    for fields, asked in (
        ({"badge": "04DDEEFF"}, "name"),
        ({"name": "Nova"}, "badge"),
        ({"name": "Nova", "badge": "04DDEEFF"}, "plan"),
    ):
        status, text = add(people, next="1", **fields)
        assert status == 200
        assert "Rien n’est encore ajouté" in text or "rien n’est encore ajouté" in text
        (focused,) = re.findall(r'id="(\w+)"[^>]* autofocus', text)
        assert focused == asked
        assert all(f'value="{field}"' in text for field in fields.values()), "the line is kept"
    with database.read() as db:
        assert db.query(MemberRow).count() == len(NAMES)


def test_a_trainer_finds_people_and_adds_none(people: FlaskClient) -> None:
    people.post("/sign-out", data={"csrf_token": token_of(people)})
    sign_in(people, "trainer")
    assert 'action="/members"' not in people.get("/members").get_data(as_text=True).replace(
        'method="get" action="/members"', ""
    )
    assert add(people, name="Nova")[0] == 403


def test_chips_say_how_many_there_are(people: FlaskClient) -> None:
    def chips(query: str) -> dict[str, str]:
        text = html.unescape(people.get(f"/members{query}").get_data(as_text=True))
        return dict(re.findall(r'class="state"[^>]*>([^<]+) <b>(\d+)</b></a>', text))

    assert chips("") == {
        "Tous": "5",
        "Abonnement ou pass": "2",
        "Finit bientôt": "1",
        "Sans abonnement": "1",
        "Sans badge": "2",
        "Suspendu": "1",
        "Parti": "1",
    }
    assert chips("?q=br") == {
        "Tous": "1",
        "Abonnement ou pass": "1",
        "Finit bientôt": "1",
        "Sans badge": "1",
    }, "no chip leads to nobody"


def test_above_what_is_counted_chips_say_no_number(
    people: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_search, "COUNT_LIMIT", 4)
    text = people.get("/members").get_data(as_text=True)
    assert "personnes" not in text.partition("</h1>")[2][:300]
    assert not re.search(r'class="state"[^>]*>[^<]+ <b>\d+</b></a>', text)


def test_what_needs_a_look_stands_beside_the_list(people: FlaskClient, database: Database) -> None:
    with database.write() as db:
        row = db.query(CredentialRow).one()
        row.lent, row.created_at = True, Utc.of(NOW - timedelta(days=3))
    text = html.unescape(people.get("/members").get_data(as_text=True)).replace("\u00a0", " ")
    look = text[text.index('<section class="sheet look"') :]
    assert "Abonnements qui finissent" in look
    assert "badge B2C3" in look
    assert "Nouveaux, sans badge" in look
    assert "<b>4</b> à vérifier" in text
    renew = re.search(r'action="(/members/[^"]+/renew)"', look)
    assert renew
    fields = {"csrf_token": token_of(people), "length": "year", "back": "members"}
    answer = people.post(renew[1], data=fields)
    assert answer.headers["Location"] == "/members"
    undo(people, "/members")
    sign_in(people, "trainer")
    assert "sheet look" not in people.get("/members").get_data(as_text=True)


def test_a_subscription_of_another_place_does_not_count_here(
    people: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        sites.ensure_site(db, SiteSettings(id="annexe", name="Annexe"), NOW)
        there = NewPlan(id="there", site_id="annexe", name=Label(fr="Annexe"))
        plans.create(db, there, actor=SYSTEM, now=NOW)
    vera = add_member(database, "Vera", site_id="annexe", also_at=(SITE,))
    with database.write() as db:
        until = Utc.of(NOW + timedelta(days=10))
        new = NewSubscription(member_id=vera, plan_id="there", valid_from=NOW, valid_until=until)
        subscriptions.create(db, new, actor=SYSTEM, now=NOW)
    page = html.unescape(people.get("/members").get_data(as_text=True))
    assert re.search(r"2(</\w+>)?\s*avec abonnement ou pass", page)
    assert shown(people, "?state=covered") == {"Abel", "Bruno"}
    assert shown(people, "?state=ending") == {"Bruno"}
    assert shown(people, "?state=uncovered") == {"Chloé", "Vera"}
