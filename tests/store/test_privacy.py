"""Every column has a kind of data, which fits what the column is, and keys point one way."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String
from sqlalchemy.orm import Mapped, mapped_column, registry

from controller.assembly import HOUSE
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.kernel.capability import Capability, House
from controller.kernel.privacy import Data, ErasureKind, PersonalDataRule, RetentionKind
from controller.policy import POLICY
from controller.store.base import Base
from controller.store.data_kinds import Plain
from controller.store.types import Text, Uuid

TYPED = 400
"""Columns of so many characters, or of any number, hold what a person typed."""
OURS = {
    ("alarm", "key"),
    ("card_master", "check_value"),
    ("card_master", "sealed"),
    ("policy_row", "table"),
    ("schedule", "data"),
}
"""Long columns that hold words of programs."""


LATER = {
    "policy_site.site_id",
    "policy_row.site_id",
    "maintainer.access_point_id",
    "credential.group_id",
}
"""Keys that still point to a table of a later feature. None may come, and one that is gone goes."""


def every() -> Iterator[tuple[PersonalDataRule, Column[object], Data]]:
    for rule in HOUSE.personal_data:
        columns = rule.columns
        for column in rule.table.columns:
            yield rule, column, columns[column.name]


def test_what_says_who_somebody_is_can_be_looked_for_in_texts() -> None:
    """An erasure does so: bytes would end it."""
    names = {
        f"{keep.name}.{column.name}": column
        for keep, column, data in every()
        if data is Data.IDENTITY
    }
    assert {name for name, column in names.items() if not isinstance(column.type, String)} == set()


def test_every_table_has_a_rule_and_no_other_has() -> None:
    known = {
        str(mapper.local_table)
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("controller.")
    }
    assert {rule.name for rule in HOUSE.personal_data} == known


def test_a_column_without_a_kind_stops_the_start() -> None:
    class Apart(Base):
        __abstract__ = True
        metadata = MetaData()
        registry = registry(type_annotation_map=Base.type_annotation_map)

    class Caller(Apart):
        __tablename__ = "caller"

        id: Plain[Uuid] = mapped_column(primary_key=True)
        phone: Mapped[Text]

    with pytest.raises(TypeError, match=r"caller\.phone: annotate it"):
        PersonalDataRule(Caller)


def test_private_texts_of_a_member_identify_them() -> None:
    members = next(rule for rule in HOUSE.personal_data if rule.name == "member")
    assert PRIVATE_TEXTS.keys() <= set(members.of(Data.IDENTITY))


def test_a_table_is_of_one_room() -> None:
    privacy = next(feature for feature in HOUSE.features if feature.name == "privacy")
    again = Capability(name="again", personal_data=privacy.personal_data)
    with pytest.raises(ValueError, match="declared twice: incident"):
        House((*HOUSE.features, again), POLICY)


def test_a_key_points_to_an_earlier_table_of_the_house() -> None:
    """In the order of features, and in each of its tables: an erasure goes the other way."""
    place = {rule.table: number for number, rule in enumerate(HOUSE.personal_data)}
    later = {
        f"{rule.name}.{key.parent.name}"
        for rule in HOUSE.personal_data
        for key in rule.table.foreign_keys
        if place[key.column.table] > place[rule.table]
    }
    assert later == LATER


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
    for rule in HOUSE.personal_data:
        leads = rule.of(Data.MEMBER, Data.REF, Data.ACCOUNT)
        assert bool(leads) <= (rule.erasure_kind not in (ErasureKind.NOTHING, ErasureKind.NOTE)), (
            rule.name
        )
        if rule.of(Data.IDENTITY, Data.ABOUT, Data.HELP, Data.WORDS):
            assert rule.retention_kind is not RetentionKind.PLACE, rule.name
        emptied = {
            ErasureKind.EMPTY: (*leads, *rule.of(Data.WORDS)),
            ErasureKind.REASON: rule.of(Data.WORDS),
        }
        for name in emptied.get(rule.erasure_kind, ()):
            assert rule.table.c[name].nullable, (rule.name, name)


OF_THE_PLACE = ("access_point", "chat_target", "course_session")


@pytest.mark.parametrize("kind", [String, LargeBinary])
def test_what_people_type_and_bytes_are_not_taken_for_plain(kind: type) -> None:
    for rule, column, data in every():
        if not isinstance(column.type, kind) or (rule.name, column.name) in OURS:
            continue
        length = getattr(column.type, "length", None)
        is_long = kind is LargeBinary or (length is not None and length >= TYPED)
        assert not (is_long and data is Data.PLAIN), f"{column} can hold what somebody typed"


def test_free_text_is_kept_no_longer_than_decided() -> None:
    """Text lives on only where it is a history of the place, and there names are taken out."""
    for rule in HOUSE.personal_data:
        if rule.of(Data.TEXT) and rule.retention_kind in (
            RetentionKind.PLACE,
            RetentionKind.INSTALLATION,
        ):
            assert rule.name in OF_THE_PLACE, rule.name
