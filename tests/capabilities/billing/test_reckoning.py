"""What a month comes to: pure rules, and what holds of any month."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.capabilities.billing.calculation import Line, Source, Tariff, calculate
from controller.capabilities.billing.cents import (
    Cents,
    CentsColumn,
    format_amount,
    parse_amount,
    take_share,
    vat_in,
)
from controller.capabilities.billing.kinds import Counts, SourceKind, Unit, Why
from controller.capabilities.billing.rates import ArticleRate, MachineRate, PassRate, ZoneRate
from controller.domain.time import Utc
from controller.kernel.shapes import Label

START = Utc.parse("2026-11-02T08:00:00.000Z")
DAY = START.date()
MIN = 60_000


def tariff(*rates: Any, vat: int = 0, later: int = 0) -> Tariff:
    begun = DAY + timedelta(days=later)
    return Tariff(id=f"t{later}", valid_from=begun, rates=rates, vat_permille=vat)


def use(active_min: float = 0, *, after_min: int = 0, **fields: Any) -> Source:
    at = Utc.of(START + timedelta(minutes=after_min))
    ms = round(active_min * MIN)
    made: dict[str, Any] = {"kind": SourceKind.SESSION, "id": f"s{after_min}", "thing": "laser"}
    return Source(
        **{**made, "at": at, "day": at.date(), "active_ms": ms, "powered_ms": ms, **fields}
    )


def told(*lines: Line) -> list[tuple[Why, int, int]]:
    return [(line.why, line.steps, line.amount_cents) for line in lines]


LASER = MachineRate(access_point="laser", price_cents=100, minimum_cents=200)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (use(38), (Why.STEPS, 3, 300)),
        (use(82), (Why.STEPS, 6, 600)),
        (use(11), (Why.MINIMUM, 1, 200)),
        (use(16), (Why.STEPS, 2, 200)),
        (use(12, cause="cut_by_staff"), (Why.PLACE_CUT, 0, 0)),
        (use(12, cause="fault"), (Why.PLACE_CUT, 0, 0)),
        (use(38, cause="interlock"), (Why.STEPS, 3, 300)),
        (use(38, cause="switch_failed"), (Why.STEPS, 3, 300)),
        (use(0, gap_ms=40 * MIN, cause="switch_failed"), (Why.UNSEEN, 0, 0)),
        (use(12, cause="badge_out"), (Why.MINIMUM, 1, 200)),
        (use(38, cause="agent_restarted"), (Why.STEPS, 3, 300)),
        (use(0, gap_ms=40 * MIN, cause="agent_restarted"), (Why.UNSEEN, 0, 0)),
        (use(12, course=True), (Why.COURSE, 0, 0)),
        (use(0, gap_ms=40 * MIN), (Why.UNSEEN, 0, 0)),
    ],
)
def test_a_session_by_started_step(source: Source, expected: tuple[Why, int, int]) -> None:
    assert told(*calculate([source], [tariff(LASER)])) == [expected]


def test_whose_box_was_unplugged_pays_for_what_was_told_and_for_nothing_else() -> None:
    powered = MachineRate(
        access_point="laser", price_cents=100, session_cents=500, counts=Counts.POWERED
    )

    def cost(**fields: Any) -> list[tuple[Why, int, int]]:
        return told(*calculate([use(30, cause="agent_restarted", **fields)], [tariff(powered)]))

    assert cost() == [(Why.STEPS, 2, 700)]
    assert cost(powered_ms=70 * MIN, gap_ms=40 * MIN) == [(Why.STEPS, 2, 700)]
    assert cost(active_ms=0, powered_ms=40 * MIN, gap_ms=40 * MIN) == [(Why.UNSEEN, 0, 0)]
    assert cost(active_ms=0, powered_ms=0) == []


def test_what_no_tariff_names_has_no_line_and_a_version_holds_from_its_day() -> None:
    assert calculate([use(38, thing="plotter"), use(0)], [tariff(LASER)]) == []
    dearer = tariff(MachineRate(access_point="laser", price_cents=150), later=1)
    later = use(15, after_min=24 * 60)
    lines = calculate([later, use(30)], [dearer, tariff(LASER)])
    assert [(line.tariff_id, line.amount_cents) for line in lines] == [("t0", 200), ("t1", 150)]


def test_a_plan_has_its_own_rate_with_minutes_that_are_included() -> None:
    resident = MachineRate(
        access_point="laser", plan_id="resident", price_cents=50, included_min=60
    )
    mine: dict[str, Any] = {"plans": frozenset({"resident"})}
    lines = calculate(
        [use(45, **mine), use(45, after_min=60, **mine), use(5, after_min=180)],
        [tariff(LASER, resident)],
    )
    assert told(*lines) == [(Why.INCLUDED, 0, 0), (Why.STEPS, 2, 100), (Why.MINIMUM, 1, 200)]


def test_a_cap_counts_a_day_in_the_order_in_which_things_were_done() -> None:
    capped = MachineRate(access_point="laser", price_cents=100, day_cap_cents=500)
    lines = calculate([use(30, after_min=120), use(60), use(30, after_min=1500)], [tariff(capped)])
    assert told(*lines) == [(Why.STEPS, 4, 400), (Why.CAPPED, 2, 100), (Why.STEPS, 2, 200)]


def test_a_cap_is_of_each_day_that_a_session_lasts() -> None:
    capped = MachineRate(access_point="laser", price_cents=100, day_cap_cents=500)
    lines = calculate([use(60 * 50, days=3), use(30, after_min=60)], [tariff(capped)])
    assert [line.amount_cents for line in lines] == [1500, 0]


def test_rooms_passes_materials_and_a_remission() -> None:
    rates = (
        ZoneRate(zone_id="room", price_cents=800),
        PassRate(plan_id="day", units=10, price_cents=3600),
        ArticleRate(id="pla", name=Label(fr="PLA"), unit=Unit.GRAM, per=100, price_cents=450),
    )
    entry: dict[str, Any] = {"kind": SourceKind.ENTRY, "id": "e"}
    sources = [
        use(kind=SourceKind.BOOKING, id="b", thing="room", quantity=61),
        use(kind=SourceKind.PASS, id="p", thing="day", pass_kind="day", quantity=10),
        use(kind=SourceKind.PASS, id="q", thing="day", pass_kind="day", quantity=9),
        use(**entry, thing="pla", quantity=37),
        use(kind=SourceKind.ENTRY, id="r", thing="x", remitted=Cents(600), remits="p"),
    ]
    found = {line.source_id: line for line in calculate(sources, [tariff(*rates, vat=200)])}
    amounts = {key: line.amount_cents for key, line in found.items()}
    assert amounts == {"b": 1600, "p": 3600, "e": 167, "r": -600}  # 166.5 cents of PLA
    assert {key: line.vat_cents for key, line in found.items()} == {
        "b": 267,
        "p": 600,
        "e": 28,
        "r": -100,
    }


@given(
    parts=st.lists(st.integers(1, 500), min_size=1, max_size=8),
    price_cents=st.integers(1, 1000),
    per=st.integers(1, 1000),
)
def test_nothing_is_cheaper_by_the_spoonful(parts: list[int], price_cents: int, per: int) -> None:
    """A started cent is a cent: taken in small quantities it never costs less, nor nothing."""
    rate = ArticleRate(
        id="pla", name=Label(fr="PLA"), unit=Unit.GRAM, per=per, price_cents=price_cents
    )

    def cents(quantity: int) -> int:
        taken = use(kind=SourceKind.ENTRY, id="e", thing="pla", quantity=quantity)
        (line,) = calculate([taken], [tariff(rate)])
        return line.amount_cents

    assert sum(map(cents, parts)) >= cents(sum(parts)) >= 1
    assert 0 <= cents(sum(parts)) * per - sum(parts) * price_cents < per


REMISSIONS = st.lists(st.integers(1, 500).map(Cents), max_size=5)


@given(minutes=st.integers(0, 200), remitted=REMISSIONS, data=st.data())
def test_remissions_take_no_more_than_there_is_wherever_they_stand(
    minutes: int, remitted: list[Cents], data: Any
) -> None:
    """Together with what they remit, or in later months of their own."""
    versions = [tariff(LASER)]
    amount = sum(line.amount_cents for line in calculate([use(minutes)], versions))
    made, before = [], 0
    for place, item in enumerate(remitted):
        fields: dict[str, Any] = {"remits": "s0", "remits_of": Cents(amount)}
        fields |= {"remitted": item, "remitted_before": Cents(before)}
        made.append(use(kind=SourceKind.ENTRY, id=f"r{place}", thing="x", after_min=1, **fields))
        before += item
    apart = [line for source in made for line in calculate([source], versions)]
    whole = calculate(data.draw(st.permutations([use(minutes), *made])), versions)
    assert [line for line in whole if line.source_id != "s0"] == apart
    assert all(line.amount_cents <= 0 for line in apart)
    assert sum(line.amount_cents for line in whole) == max(0, amount - before)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("12", 1200), ("12,5", 1250), ("1 234,56 €", 123456), ("-6.00", -600), ("1,234", None)],
)
def test_euros_are_read_as_they_are_typed(text: str, cents: int | None) -> None:
    assert parse_amount(text) == cents


def test_money_is_never_a_float() -> None:
    for wrong in (1.0, True, "1"):
        with pytest.raises(TypeError):
            CentsColumn().process_bind_param(wrong, None)  # type: ignore[arg-type]


AMOUNTS = st.integers(1 - 10**9, 10**9 - 1).map(Cents)


@given(AMOUNTS, st.integers(0, 500))
def test_what_is_left_without_vat_is_the_nearest_cent(amount: Cents, permille: int) -> None:
    net = amount - vat_in(amount, permille)
    assert 2 * abs(net * (1000 + permille) - amount * 1000) <= 1000 + permille
    assert parse_amount(format_amount(amount)) == amount
    assert vat_in(Cents(-amount), permille) == -vat_in(amount, permille)


@given(st.integers(0, 10**6), st.integers(1, 10**4), st.integers(1, 10**4))
def test_a_share_is_at_most_half_a_cent_off(amount: int, parts: int, of: int) -> None:
    assert 2 * abs(take_share(amount, parts, of) * of - amount * parts) <= of


USES = st.lists(
    st.builds(
        lambda minutes, start, cause, plan: use(
            minutes, after_min=start, cause=cause, plans=frozenset({"resident"} if plan else ())
        ),
        st.integers(0, 200),
        st.integers(0, 3000),
        st.sampled_from([None, "badge_out", "fault"]),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda source: source.id,
)


@given(USES, st.data())
@settings(max_examples=60)
def test_a_month_is_the_same_in_whatever_order_it_is_told(uses: list[Source], data: Any) -> None:
    rates = (
        MachineRate(access_point="laser", price_cents=100, day_cap_cents=700, minimum_cents=200),
        MachineRate(access_point="laser", plan_id="resident", price_cents=50, included_min=90),
    )
    versions = [tariff(*rates), tariff(rates[0], vat=200, later=1)]
    shuffled = data.draw(st.permutations(uses))
    lines = calculate(uses, versions)
    assert calculate(shuffled, list(reversed(versions))) == lines
    by_day: dict[Any, int] = {}
    for line in lines:
        assert type(line.amount_cents) is int
        assert line.amount_cents >= 0
        if line.unit_cents == 100:
            by_day[line.day] = by_day.get(line.day, 0) + line.amount_cents
    assert all(total <= 700 for total in by_day.values())
