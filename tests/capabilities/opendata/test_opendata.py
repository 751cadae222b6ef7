"""What a site publishes once it does: tables of past months that stay, and nobody found in them."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.opendata import courses_held, occupancy, public_datasets, publication
from controller.capabilities.opendata.catalogue import Addresses, find_dataset
from controller.capabilities.opendata.courses_held import HeldSession
from controller.capabilities.opendata.indicators import USERS
from controller.capabilities.opendata.tables import Row
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import NeedState
from controller.capabilities.user_reports.shapes import NewNeed
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Invalid, NotFound
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.opendata.busy import MONTH, fill


def busy(db: Session, place: Place) -> None:
    """The place in October, published in November."""
    fill(db, "here", "workshop", "laser-1", "pi")
    publication.publish(db, "here", actor=BOSS, now=place.now, access_days=90)


def rows(db: Session, place: Place, dataset: str) -> list[dict[str, object]]:
    """Its rows by the names of the columns."""
    found = public_datasets.published_dataset(db, "here", dataset, place.now)
    return [
        dict(zip(found.dataset.header, row, strict=True))
        for row in public_datasets.rows(db, "here", found, place.now)
    ]


def test_nothing_is_out_before_a_manager_publishes_and_nothing_after_it_is_withdrawn(
    place: Place,
) -> None:
    with place.database.write() as db:
        fill(db, "here", "workshop", "laser-1", "pi")
        assert public_datasets.published_datasets(db, "here", place.now) == []
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(NotFound):
            publication.publish(db, "here", actor=desk, now=place.now, access_days=90)
        publication.publish(db, "here", actor=BOSS, now=place.now, access_days=90)
        assert len(public_datasets.published_datasets(db, "here", place.now)) == 6
        publication.withdraw(db, "here", actor=BOSS, now=place.now)
        assert public_datasets.published_datasets(db, "here", place.now) == []
        with pytest.raises(NotFound):
            public_datasets.file(db, "here", "frequentation", place.now)


def test_how_full_a_room_is_is_told_in_bands_of_eleven_counts_and_nights_in_total(
    place: Place,
) -> None:
    with place.database.write() as db:
        busy(db, place)
        told = rows(db, place, "frequentation")
        days = [row for row in told if row["periode"] == "journee"]
        assert {day["jour_semaine"] for day in days} == {3}
        full = [day for day in days if day["heure"] == "14:00"]
        assert [(row["taux_min"], row["taux_max"]) for row in full] == [(83, 100)]
        (night,) = (row for row in told if row["periode"] == "nuit")
        assert night["entrees"] == 16
        assert {row["mois"] for row in told} == {MONTH}


@pytest.mark.parametrize("days", range(occupancy.FEWEST_DAYS, 6))
@pytest.mark.parametrize("capacity", [7, 12, 20, 300])
def test_each_band_holds_eleven_counts_of_heads(capacity: int, days: int) -> None:
    bands = occupancy.bands_of(capacity, days)
    if bands < 2:
        return
    counts = range(capacity * days + 1)
    found = [occupancy.band_of(count, capacity, days, bands) for count in counts]
    assert set(found) == set(range(bands))
    assert min(found.count(number) for number in range(bands)) >= 11


def test_a_weekday_with_people_on_two_days_only_is_not_told(place: Place) -> None:
    with place.database.write() as db:
        fill(db, "here", "workshop", "laser-1", "pi")
        middle = Utc.parse("2026-10-15T00:00:00.000Z")
        for row in db.query(Occupancy).filter(Occupancy.quarter > middle):
            db.delete(row)
        db.flush()
        publication.publish(db, "here", actor=BOSS, now=place.now, access_days=90)
        told = rows(db, place, "frequentation")
        assert [row["periode"] for row in told] == ["nuit"]
        assert told[0]["entrees"] is None


def test_people_of_a_small_public_are_not_told_nor_those_who_would_tell_it(place: Place) -> None:
    with place.database.write() as db:
        busy(db, place)
        told = {row["indicateur"]: row["valeur"] for row in rows(db, place, "indicateurs")}
        users = {key: told[key] for key in told if str(key).startswith(USERS)}
        assert users == {USERS: 162, f"{USERS} : habitants": 96, f"{USERS} : associations": 41}
        assert told["Heures de travail des machines"] == 61
        assert told["Personnes venues aux séances"] == 56


def test_people_of_each_course_are_told_only_together_while_one_had_few(place: Place) -> None:
    with place.database.write() as db:
        busy(db, place)
        told = rows(db, place, "formations")
        assert [row["venus"] for row in told] == [None, None, None, 56]
        assert [item["ligne"] for item in told][-1] == "ensemble"


@pytest.mark.parametrize(
    ("came", "places", "total"),
    [
        ((8, 6), (8, 8), None),  # at least six came to each: that is eleven numbers no more
        ((8, 6), (8, None), None),
        ((8, 6), (14, 20), 14),
        ((4, 3), (20, 20), None),
        ((9,), (20,), None),
        ((12,), (20,), 12),
        ((12, 30), (12, 30), 42),
    ],
)
def test_a_total_tells_no_more_of_a_course_than_its_places(
    came: tuple[int, ...], places: tuple[int | None, ...], total: int | None
) -> None:
    found = [
        HeldSession(CourseSessionRow(places=place), "", None, count)
        for count, place in zip(came, places, strict=True)
    ]
    assert courses_held.attendance_total(found) == total


def test_a_month_that_is_out_stays_as_it_is_and_comes_ten_days_after_its_end(place: Place) -> None:
    with place.database.write() as db:
        busy(db, place)
        before = _all_rows(db, place)
        assert publication.due_months(db, "here", Utc.parse("2026-11-09T12:00:00.000Z")) == []
        assert publication.due_months(db, "here", Utc.parse("2026-11-10T12:00:00.000Z")) == [MONTH]
        for member in db.query(MemberRow).filter(MemberRow.display_name == "Somebody"):
            member.categories = ["student"]
        publication.catch_up(db, "here", Utc.of(place.now + timedelta(days=3)), 90)
        assert _all_rows(db, place) == before


def _all_rows(db: Session, place: Place) -> list[Row]:
    return [
        row
        for dataset in public_datasets.published_datasets(db, "here", place.now)
        if dataset.dataset.monthly
        for row in public_datasets.rows(db, "here", dataset, place.now)
    ]


def test_who_used_what_in_a_month_of_which_that_is_forgotten_is_not_guessed(place: Place) -> None:
    with place.database.write() as db:
        fill(db, "here", "workshop", "laser-1", "pi")
        publication.publish(db, "here", actor=BOSS, now=place.now, access_days=30)
        told = {row["indicateur"] for row in rows(db, place, "indicateurs")}
        assert USERS not in told
        assert "Séances tenues" in told


def test_the_directories_get_the_place_once_it_has_said_who_it_is(place: Place) -> None:
    with place.database.write() as db:
        busy(db, place)
        about = {
            "publisher": "Communauté d’agglomération",
            "siret": "20007247700011",
            "street": "12 rue du Carnot",
            "postcode": "62400",
            "town": "Béthune",
        }
        with pytest.raises(Invalid) as wrong:
            publication.describe(
                db, "here", about | {"siret": "12"}, version=None, actor=BOSS, now=place.now
            )
        assert [error.field for error in wrong.value.errors] == ["siret"]
        publication.describe(db, "here", about, version=None, actor=BOSS, now=place.now)
        (row,) = rows(db, place, "lieu")
        assert (row["commune"], row["pivot"]) == ("Béthune", "20007247700011")


def test_a_need_under_eleven_reads_so_and_stands_by_itself(place: Place) -> None:
    with place.database.write() as db:
        busy(db, place)
        for title, times in (("Un soir de plus", 12), ("Une table réglable", 3)):
            new = NewNeed(theme="hours", title=title, state=NeedState.STUDIED, published=True)
            made = needs.create(db, new, actor=BOSS, now=place.now)
            for _ in range(times):
                needs.count_in_person(db, made.id, actor=BOSS, now=place.now)
        needs.create(db, NewNeed(theme="hours", title="Kept back"), actor=BOSS, now=place.now)
        told = [(row["besoin"], row["fois"]) for row in rows(db, place, "besoins")]
        assert told == [("Un soir de plus", "12"), ("Une table réglable", "moins de 11")]
        addresses = Addresses("https://place.example", "", "https://place.example/data")
        dataset = find_dataset(db, "here", "besoins", addresses, place.now)
        assert {reason.what.en: reason.cells for reason in dataset.withheld} == {
            "What people wrote": 0,
            "How often, under eleven": 1,
        }
