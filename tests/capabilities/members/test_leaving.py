"""Who leaves holds nothing back: no place in a course, no right to come, no duty for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.billing import sales
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import PassRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.members import members
from controller.capabilities.members.changes import AlreadyLeft
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.privacy.erasure.waiting_list import due_members
from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.models import CourseSessionKind, EnrolmentStatus
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.policy.policy import sound

LEFT = {"status": "left"}


def test_the_place_of_who_leaves_is_for_who_waits(place: Place) -> None:
    start = Utc.of(place.now + timedelta(days=3))
    with place.database.write() as db:
        course = NewCourse(id="laser", name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, course, actor=BOSS, now=place.now)
        new = NewCourseSession(
            course_id="laser",
            kind=CourseSessionKind.COURSE,
            places=1,
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=2)),
        )
        key = course_sessions.create(db, new, actor=BOSS, now=place.now).id
        first, second = place.member(db).id, place.member(db, "Zoé").id
        for member_id in (first, second):
            enrolments.enrol(db, key, member_id, actor=BOSS, now=place.now)
    with place.database.write() as db:
        members.change(db, first, LEFT, version=None, actor=BOSS, now=place.now)
    with place.database.write() as db:
        found = enrolments.of_session(db, key, actor=BOSS, now=place.now)
        assert [(enrolment.member_id, enrolment.status) for enrolment in found] == [
            (second, EnrolmentStatus.ENROLLED)
        ]
        with pytest.raises(AlreadyLeft):
            enrolments.enrol(db, key, first, actor=BOSS, now=place.now)
    assert sound(place)


def test_a_subscription_that_has_not_begun_does_not_begin(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        later = Utc.of(place.now + timedelta(days=30))
        new = NewSubscription(member_id=person, plan_id="bureau", valid_from=later)
        subscriptions.create(db, new, actor=BOSS, now=place.now)
    with place.database.write() as db:
        members.change(db, person, LEFT, version=None, actor=BOSS, now=place.now)
    with place.database.read() as db:
        theirs = select(SubscriptionRow.valid_until).where(SubscriptionRow.member_id == person)
        assert db.scalars(theirs).all() == [place.now]
    assert sound(place)


def test_a_trainer_who_has_left_is_erased_in_time_as_others_are(place: Place) -> None:
    with place.database.write() as db:
        stays, leaves = place.member(db, plan=None).id, place.member(db, "Zoé", plan=None).id
        for member_id in (stays, leaves):
            place.certify(db, member_id, "laser", Level.TRAINER)
    with place.database.write() as db:
        members.change(db, leaves, LEFT, version=None, actor=BOSS, now=place.now)
    with place.database.read() as db:
        assert due_members(db, place.site, Utc.of(place.now + timedelta(days=1))) == [leaves]


def test_nothing_is_given_or_sold_to_who_has_left(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        person = place.member(db, plan=None).id
        members.change(db, person, LEFT, version=None, actor=BOSS, now=place.now)
        new = NewSubscription(member_id=person, plan_id="bureau", valid_from=place.now)
        with pytest.raises(AlreadyLeft):
            subscriptions.create(db, new, actor=BOSS, now=place.now)
        (a_pass,) = (
            offer
            for offer, rate in sales.find_offers(db, "here", place.now).items()
            if isinstance(rate, PassRate)
        )
        sale = Sale(place=a_pass, quantity=1, member_id=person, means=Means.CASH)
        with pytest.raises(AlreadyLeft):
            sales.sell(db, "here", sale, actor=BOSS, now=place.now)
