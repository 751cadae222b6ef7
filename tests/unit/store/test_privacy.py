"""Every column has a decision, and the decisions fit what the columns are."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, LargeBinary, String

from controller.kernel.privacy import Data, Decided, Erased, Kept, decided
from controller.kernel.privacy.decisions import DECISIONS
from controller.store.base import Base

TYPED = 400
"""Columns of so many characters, or of any number, hold what a person typed."""
OURS = {("alarm", "key"), ("policy_row", "table"), ("schedule", "data")}
"""Long columns that hold words of programs."""


def every() -> Iterator[tuple[Decided, Column[object], Data]]:
    for each in decided():
        for column in each.table.columns:
            yield each, column, each.decision.columns[column.name]


def test_every_table_and_column_has_a_decision_and_no_other_has() -> None:
    missing = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name not in getattr(DECISIONS.get(table.name), "columns", {})
    }
    assert not missing, "decide in controller/kernel/privacy/decisions.py"
    known = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }
    decisions = {f"{name}.{each}" for name in DECISIONS for each in DECISIONS[name].columns}
    assert decisions == known


def test_what_refers_to_a_member_or_an_account_is_known_as_such() -> None:
    wanted = {"member.id": Data.MEMBER, "account.id": Data.ACCOUNT}
    for _, column, data in every():
        for key in column.foreign_keys:
            if kind := wanted.get(key.target_fullname):
                assert data is kind, column
        if column.name in ("member_ref", "supervisor", "ref") and column.table.name not in (
            "visiting_group",
        ):
            assert data is Data.REF, column
        if column.name.endswith("_by") or column.name == "by":
            assert data is Data.ACTOR or column.name == "closed_by", column


def test_whatever_leads_to_a_person_is_erased_in_some_way_and_ends() -> None:
    for each in decided():
        leads = each.decision.of(Data.MEMBER, Data.REF, Data.ACCOUNT)
        assert bool(leads) <= (each.decision.erased is not Erased.NOTHING), each.table.name
        if each.decision.of(Data.IDENTITY, Data.ABOUT, Data.HELP, Data.WORDS):
            assert each.decision.kept is not Kept.PLACE, each.table.name
        if each.decision.erased is Erased.EMPTY and each.table.name != "held_history":
            for name in (*leads, *each.decision.of(Data.WORDS)):
                assert each.table.c[name].nullable, (each.table.name, name)


@pytest.mark.parametrize("kind", [String, LargeBinary])
def test_what_people_type_and_bytes_are_not_taken_for_plain(kind: type) -> None:
    for each, column, data in every():
        if not isinstance(column.type, kind) or (each.table.name, column.name) in OURS:
            continue
        length = getattr(column.type, "length", None)
        is_long = kind is LargeBinary or (length is not None and length >= TYPED)
        assert not (is_long and data is Data.PLAIN), f"{column} can hold what somebody typed"


def test_free_text_is_kept_no_longer_than_decided() -> None:
    """Text lives on only where it is a history of the place, and there names are taken out."""
    for each in decided():
        if each.decision.of(Data.TEXT) and each.decision.kept in (Kept.PLACE, Kept.CHAIN):
            assert each.table.name in ("access_point", "course_session"), each.table.name
