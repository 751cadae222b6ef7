"""The desk types a name as a session's theme, and the month with it is published."""

from datetime import timedelta

import pytest

from controller.capabilities.opendata import public_datasets, publication
from controller.capabilities.training import course_sessions, courses
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS, Place


@pytest.mark.parametrize(
    ("theme", "is_published"),
    [("Reprise avec Zoé Lemarchand", False), ("decouverte DU bois", False), ("Le bois", True)],
)
def test_only_a_theme_that_managers_have_listed_is_open_data(
    place: Place, theme: str, is_published: bool
) -> None:
    start = Utc.of(place.now - timedelta(days=40))
    new = NewCourseSession(
        site_id=place.site, starts_at=start, ends_at=Utc.of(start + timedelta(hours=2)), theme=theme
    )
    with place.database.write() as db:
        listed = NewCourse(id="bois", site_id=place.site, name=Label(fr="le Bois"))
        courses.create(db, listed, actor=BOSS, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        course_sessions.create(db, new, actor=desk, now=place.now)
        publication.publish(db, place.site, actor=BOSS, now=place.now, access_days=90)
    place.clock.forward(days=1)
    with place.database.read() as db:
        text = public_datasets.file(db, place.site, "formations", place.now).text
    assert "seance" in text
    assert (theme in text) is is_published
