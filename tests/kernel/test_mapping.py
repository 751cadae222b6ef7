"""Rows as shapes and back: what has the same name is copied, and nothing is left out unsaid."""

from dataclasses import dataclass

import pytest

from controller.capabilities.places.models import SiteRow
from controller.capabilities.places.shapes import NewSite, SiteFields, WalkingTime
from controller.domain.facts import Aid
from controller.kernel.mapping import to_shape, write
from controller.kernel.shapes import Label, Shape

WALK = WalkingTime(zones=("lab", "yard"), seconds=30)
NEW = NewSite(id="rue", name=Label(en="Street"), opening="week", walking_times=(WALK,))


class Stored(Shape, frozen=True, kw_only=True):
    """What a row of any kind is read as."""

    access_point: str
    name: Label | None
    aids: tuple[Aid, ...]
    extra: int
    version: int


@dataclass
class Row:
    """As a statement returns it: lists and mappings as JSON has them."""

    access_point_id: str
    name: dict[str, str] | None
    aids: list[str]
    row_version: int


def test_json_becomes_what_the_field_is_and_back() -> None:
    row = SiteRow(id="other")
    write(row, NEW, SiteFields)
    assert (row.id, row.name, row.opening) == ("other", {"en": "Street"}, "week")
    assert row.walking_times == [{"zones": ("lab", "yard"), "seconds": 30}]
    assert to_shape(row, NewSite, id="rue") == NEW


def test_a_column_of_another_name_is_found_and_none_stays_none() -> None:
    row = Row("laser", None, ["speech"], 3)
    found = to_shape(row, Stored, extra=1)
    assert found == Stored(
        access_point="laser", name=None, aids=(Aid("speech"),), extra=1, version=3
    )
    assert isinstance(found.aids[0], Aid)


def test_a_column_can_be_written_as_the_caller_says_or_left() -> None:
    row = SiteRow(opening="never")
    write(row, NEW, SiteFields, "opening", time_zone="Europe/Paris", walking_times=[])
    assert (row.opening, row.walking_times) == ("never", [])


def test_a_field_without_a_column_is_no_silent_gap() -> None:
    with pytest.raises(AttributeError, match="extra"):
        to_shape(Row("laser", None, [], 1), Stored)
    with pytest.raises(AttributeError, match="access_point"):
        write(SiteRow(), to_shape(Row("laser", None, [], 1), Stored, extra=1), Stored)
    with pytest.raises(AttributeError, match="wrong"):
        write(SiteRow(), NEW, SiteFields, wrong=1)
