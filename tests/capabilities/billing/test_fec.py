"""Entries for accounting: balanced, numbered without a gap, in the published columns."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.capabilities.billing import (
    books,
    charges,
    check,
    exports,
    fec,
    payments,
    providers,
    statements,
    till,
)
from controller.capabilities.billing.cents import Cents, vat_in
from controller.capabilities.billing.entries import (
    Entry,
    Journal,
    KindTotal,
    of_count,
    of_handover,
    of_payment,
    of_statement,
)
from controller.capabilities.billing.kinds import Means, SourceKind
from controller.capabilities.billing.parties import Accounts, is_siret
from controller.capabilities.billing.shapes import (
    CloseMonth,
    CountTill,
    NewCharge,
    NewHandover,
    NewPayment,
    Refund,
    Remission,
)
from controller.cli import main
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid
from tests.capabilities.billing.fec_rules import RULES, faults, planted, rows
from tests.capabilities.billing.month import OCTOBER, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place

SIRET = "26620001700017"
SINCE, UNTIL = date(2026, 1, 1), date(2026, 11, 30)
DAY = date(2026, 10, 31)
AMOUNTS = st.integers(1 - 10**9, 10**9 - 1).map(Cents)
SOLD = st.builds(
    lambda kind, remits, amount, rate: KindTotal(kind, remits, amount, vat_in(amount, rate)),
    st.sampled_from(SourceKind),
    st.booleans(),
    AMOUNTS,
    st.integers(0, 500),
)
PARTIES = st.tuples(st.just("M1"), st.text(min_size=1, max_size=20))
BOOKED = st.one_of(
    st.builds(
        lambda sold, party: (Journal.SALES, of_statement(Accounts(), sold, party)),
        st.lists(SOLD, max_size=6),
        PARTIES,
    ),
    st.builds(
        lambda means, amount, party: (
            Journal.PAYMENTS,
            of_payment(Accounts(), means, amount, party),
        ),
        st.sampled_from(Means),
        AMOUNTS,
        PARTIES,
    ),
    st.builds(lambda amount: (Journal.HANDOVERS, of_handover(Accounts(), amount)), AMOUNTS),
    st.builds(
        lambda off, brought: (Journal.COUNTS, of_count(Accounts(), off, brought)), AMOUNTS, AMOUNTS
    ),
)


@given(st.lists(st.tuples(BOOKED, st.text(max_size=30)), max_size=8))
@settings(max_examples=40)
def test_whatever_is_booked_every_rule_holds(booked: list[Any]) -> None:
    numbers = dict.fromkeys(Journal, 0)
    made = []
    for (journal, lines), text in booked:
        assert sum(line.debit for line in lines) == sum(line.credit for line in lines)
        if lines:
            numbers[journal] += 1
            entry = Entry(
                journal=journal,
                day=DAY,
                document="1",
                document_day=DAY,
                final_on=DAY,
                text=f"Relevé {text}",
                lines=tuple(lines),
            )
            made.append((numbers[journal], entry))
    assert faults(fec.name("123456789", DAY), fec.fec(made)) == []


@pytest.fixture
def month(place: Place) -> str:
    """October is closed: used, remitted, taken back, paid, and its cash handed over."""
    set_tariff(place)
    amina, ref = somebody(place, "Amélie Œuvrard\u202f\u2019\tI")
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=40)
        sheet = NewCharge(article="plywood", quantity=2, site_id="here")
        then = Utc.of(place.now - timedelta(days=39))
        sold = charges.create(db, sheet, actor=BOSS, now=then)
        charges.create(db, sheet, actor=BOSS, now=then)
        remission = Remission(amount_cents=100, reason="tachée")
        charges.remit(db, sold.id, remission, actor=BOSS, now=then)
        noted = charges.remit(db, sold.id, remission, actor=BOSS, now=then)
        charges.take_back(db, noted.source_id, actor=BOSS, now=then)
    follow(place)
    with place.database.write() as db:
        pay = NewPayment(
            means=Means.CASH, amount_cents=300, month=OCTOBER, member_id=amina, site_id="here"
        )
        wrong = payments.create(db, pay, actor=BOSS, now=place.now)
        payments.take_back(db, wrong.id, actor=BOSS, now=place.now)
        payments.create(db, pay, actor=BOSS, now=place.now)
        handed = NewHandover(amount_cents=300, reference="SGC 41")
        till.hand_over(db, "here", handed, actor=BOSS, now=place.now)
        close = CloseMonth(month=OCTOBER, site_id="here")
        statements.close(db, close, actor=BOSS, now=place.now)
    return OCTOBER


def export(place: Place, since: date = SINCE, until: date = UNTIL) -> tuple[str, bytes]:
    with place.database.write() as db:
        made = exports.make(db, "here", since, until, actor=BOSS, now=place.now)
    return next(iter(made.files.items()))


def set_siret(place: Place) -> None:
    with place.database.write() as db:
        said = {"siret": SIRET, "name": "Lieu", "accounts": {"machines": "70632"}}
        providers.change(db, "here", said, version=0, actor=BOSS, now=place.now)


def test_a_month_in_the_file(place: Place, month: str) -> None:
    with place.database.read() as db, pytest.raises(Conflict, match="SIRET"):
        books.siren(db, "here")
    set_siret(place)
    with place.database.write() as db:
        owes: Any = {
            "month": OCTOBER,
            "member_id": payments.page(db, actor=BOSS).items[0].member_id,
        }
        card = NewPayment(means=Means.CARD, amount_cents=200, **owes)
        payments.create(db, card, actor=BOSS, now=place.now)
        back = Refund(means=Means.TRANSFER, amount_cents=200, reason="deux fois", **owes)
        payments.refund(db, back, actor=BOSS, now=place.now)
        wrong = till.till_of_day(db, "here", DAY, actor=BOSS).handovers[0].id
        other = Actor.system("other")
        with pytest.raises(Conflict):
            till.take_handover_back(db, "here", wrong, actor=other, now=place.now)
        till.take_handover_back(db, "here", wrong, actor=BOSS, now=place.now)
        assert till.till_of_day(db, "here", DAY, actor=BOSS).cash_cents == 300, (
            "it is in the drawer"
        )
        with pytest.raises(Conflict):
            till.take_handover_back(db, "here", wrong, actor=BOSS, now=place.now)
    name, data = export(place)
    assert (name, faults(name, data)) == ("266200017FEC20261130.txt", [])
    found = [
        (row["JournalCode"], row["EcritureNum"], row["CompteNum"], row["Debit"], row["Credit"])
        for row in rows(data)
    ]
    assert sorted(found) == sorted(
        [
            ("VE", "1", "411000", "3,00", "0,00"),
            ("VE", "1", "70632", "0,00", "3,00"),
            ("VE", "2", "411000", "15,00", "0,00"),
            ("VE", "2", "707000", "0,00", "16,00"),
            ("VE", "2", "709600", "1,00", "0,00"),
            ("EN", "1", "531000", "3,00", "0,00"),
            ("EN", "1", "411000", "0,00", "3,00"),
            ("EN", "2", "411000", "3,00", "0,00"),
            ("EN", "2", "531000", "0,00", "3,00"),
            ("EN", "3", "531000", "3,00", "0,00"),
            ("EN", "3", "411000", "0,00", "3,00"),
            ("EN", "4", "511500", "2,00", "0,00"),
            ("EN", "4", "411000", "0,00", "2,00"),
            ("EN", "5", "411000", "2,00", "0,00"),
            ("EN", "5", "512000", "0,00", "2,00"),
            ("VC", "1", "580000", "3,00", "0,00"),
            ("VC", "1", "531000", "0,00", "3,00"),
            ("VC", "2", "531000", "3,00", "0,00"),
            ("VC", "2", "580000", "0,00", "3,00"),
        ]
    )
    text = data.decode("iso8859-15")
    assert "Remboursement, reçu 2026-000005 Amélie Œuvrard ' I" in text
    assert "Annulation du versement SGC 41" in text


def test_numbers_go_on_from_period_to_period(place: Place, month: str) -> None:
    set_siret(place)
    parts = [(SINCE, date(2026, 10, 30)), (DAY, DAY), (date(2026, 11, 1), UNTIL)]
    found = [row for part in parts for row in rows(export(place, *part)[1])]
    assert sorted(found, key=str) == sorted(rows(export(place)[1]), key=str)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_rule_finds_its_planted_fault(place: Place, month: str) -> None:
    set_siret(place)
    _, data = export(place)
    found = {rule: faults(name, wrong) for rule, name, wrong in planted(data)}
    assert set(found) == {rule.__name__ for rule in RULES}
    assert [rule for rule, broken in found.items() if rule not in broken] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_may_have_them_and_of_which_period(place: Place, month: str) -> None:
    set_siret(place)
    desk = Actor(ref="desk", roles={"here": frozenset({Role.DESK})})
    with place.database.write() as db, pytest.raises(Forbidden):
        exports.make(db, "here", SINCE, UNTIL, actor=desk, now=place.now)
    for since in (date(2025, 12, 31), date(2026, 12, 1)):
        with place.database.write() as db, pytest.raises(Invalid):
            exports.make(db, "here", since, UNTIL, actor=BOSS, now=place.now)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_line(place: Place, month: str, tmp_path: Path) -> None:
    set_siret(place)
    config = tmp_path / "config.toml"
    url = place.database.engine.url.render_as_string(hide_password=False)
    config.write_text(f'[site]\nid = "here"\n[database]\nurl = "{url}"\n', encoding="utf-8")
    period = ["--since", str(SINCE), "--until", str(UNTIL), "--folder", str(tmp_path)]
    assert main(["money", "entries", *period, "--config", str(config)]) == 0
    name, data = export(place)
    assert (tmp_path / name).read_bytes() == data
    said = (tmp_path / name.replace(".txt", "-description.txt")).read_text("iso8859-15")
    assert "du 01/01/2026 au 30/11/2026" in said


def test_a_difference_of_the_till_is_taken_up_once_and_booked(place: Place, month: str) -> None:
    """Three days: a float is brought, three cents are missing, the float grows."""
    set_siret(place)
    amina, _ref = somebody(place)
    left = []
    counts = (
        (5000, 5000, "fonds apporté"),
        (5000 + 300 - 3, 5000, "rendu en trop"),
        (5802, 5100, "?"),
    )
    for days, (counted, float_cents, reason) in enumerate(counts):
        now = Utc.of(place.now + timedelta(days=days))
        with place.database.write() as db:
            if days:
                noted = NewPayment(
                    means=Means.CASH,
                    amount_cents=300,
                    month=OCTOBER,
                    member_id=amina,
                    site_id="here",
                )
                payments.create(db, noted, actor=BOSS, now=now)
            count = CountTill(counted_cents=counted, float_cents=float_cents, reason=reason)
            off = till.close_day(db, "here", count, actor=BOSS, now=now)
            read = till.till_of_day(db, "here", now.date(), actor=BOSS)
            assert read.expected_cents == counted, "what was counted is what is there"
            left.append((off, read.cash_cents))
    assert left == [(5000, 0), (-3, 297), (205, 702)]
    with place.database.write() as db:
        over = NewHandover(amount_cents=703)
        with pytest.raises(Invalid):
            till.hand_over(db, "here", over, actor=BOSS, now=now)
        all_of_it = NewHandover(amount_cents=702)
        till.hand_over(db, "here", all_of_it, actor=BOSS, now=now)
        read = till.till_of_day(db, "here", now.date(), actor=BOSS)
        checked = check.check(db, "here")
    assert (read.cash_cents, read.expected_cents) == (0, 5100)
    assert checked.is_right
    name, data = export(place)
    assert faults(name, data) == []
    found = rows(data)
    booked = [
        (row["EcritureNum"], row["CompteNum"], row["Debit"], row["Credit"])
        for row in found
        if row["JournalCode"] == "CA"
    ]
    assert booked == [
        ("1", "531000", "50,00", "0,00"),
        ("1", "580000", "0,00", "50,00"),
        ("2", "531000", "0,00", "0,03"),
        ("2", "658800", "0,03", "0,00"),
        ("3", "531000", "2,05", "0,00"),
        ("3", "580000", "0,00", "1,00"),
        ("3", "758800", "0,00", "1,05"),
    ]
    cash = [row for row in found if row["CompteNum"] == "531000"]
    assert _cents(cash, "Debit") - _cents(cash, "Credit") == read.expected_cents


def test_cash_of_after_the_closing_is_handed_over_on_the_day_on_which_it_counts(
    place: Place, month: str
) -> None:
    set_siret(place)
    amina, _ref = somebody(place)
    taken: dict[str, Any] = {"means": Means.CASH, "month": OCTOBER, "member_id": amina}
    with place.database.write() as db:
        payments.create(db, NewPayment(amount_cents=1000, **taken), actor=BOSS, now=place.now)
        count = CountTill(counted_cents=1000, float_cents=0)
        till.close_day(db, "here", count, actor=BOSS, now=place.now)
        for cents in (800, 200):  # of the day that was closed
            new = NewHandover(amount_cents=cents)
            till.hand_over(db, "here", new, actor=BOSS, now=place.clock.forward(seconds=1))
        payments.create(
            db,
            NewPayment(amount_cents=500, **taken),
            actor=BOSS,
            now=place.clock.forward(seconds=1),
        )
        new = NewHandover(amount_cents=500)
        wrong = till.hand_over(db, "here", new, actor=BOSS, now=place.clock.forward(seconds=1))
        till.take_handover_back(db, "here", wrong, actor=BOSS, now=place.clock.forward(seconds=1))
        till.hand_over(db, "here", new, actor=BOSS, now=place.clock.forward(seconds=1))
    name, data = export(place, until=date(2026, 12, 31))
    assert faults(name, data) == []
    cash = [row for row in rows(data) if row["CompteNum"] == "531000"]
    dates = [row["EcritureDate"] for row in cash if row["JournalCode"] == "VC"]
    assert dates == ["20261124"] * 3 + ["20261125"] * 3
    for day in {row["EcritureDate"] for row in cash}:
        until = [row for row in cash if row["EcritureDate"] <= day]
        assert _cents(until, "Debit") >= _cents(until, "Credit"), day


def _cents(found: list[dict[str, str]], key: str) -> int:
    return sum(int(row[key].replace(",", "")) for row in found)


def test_numbers_of_establishments() -> None:
    assert is_siret(SIRET)
    assert is_siret("35600000000048")
    assert not is_siret("26620001700018")
