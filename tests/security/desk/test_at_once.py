"""Two at the same moment: one comes after the other, and neither is lost nor an error."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.changes import SecondBadge
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.desk import entries
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.capability import PLANS
from controller.capabilities.plans.models import PassRow, PassUse
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.projections import StoredEvent
from controller.kernel.shapes import Label
from controller.wire.events import AccessGranted
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.plans.passes import arrive, give
from tests.support.event_rows import add_event
from tests.support.until import WAIT_S, until

TIMES = 6


def at_once(place: Place, *acts: Callable[[Session], object]) -> list[str]:
    """Do each in a transaction of its own; what was refused, by its kind."""
    start, done, refused = Barrier(len(acts)), list[str](), list[str]()

    def do(act: Callable[[Session], object]) -> None:
        start.wait(60)
        try:
            with place.database.write() as db:
                act(db)
            done.append("")
        except (Conflict, Forbidden, Invalid) as error:
            refused.append(type(error).__name__)

    threads = [Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) + len(refused) == len(acts)
    return refused


def test_who_is_no_member_any_more_works_for_nobody(place: Place) -> None:
    with place.database.write() as db:
        zoe = place.member(db, "Zoé").id
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        payer = organisations.create(db, new, actor=BOSS, now=place.now).id

    def belong(db: Session, *keys: str) -> None:
        patch = {"organisations": list(keys)}
        members.change(db, zoe, patch, version=None, actor=BOSS, now=place.now)

    def choose(db: Session) -> None:
        to = OnBehalf(organisation_id=payer)
        on_behalf.choose(db, zoe, to, actor=BOSS, now=place.now)

    for _time in range(TIMES):
        with place.database.write() as db:
            belong(db, payer)
        assert set(at_once(place, choose, belong, choose)) <= {Invalid.__name__}
        with place.database.read() as db:
            assert members.get(db, zoe, actor=BOSS).works_for == OnBehalf()
        place.clock.forward(minutes=1)


def test_a_pass_is_taken_back_or_used(place: Place) -> None:
    for _time in range(TIMES):
        with place.database.write() as db:
            member, key = give(db, place, units=5)
        enter = partial(arrive, place=place, member=member)
        take_back = partial(passes.take_back, pass_id=key, actor=BOSS, now=place.now)
        refused = at_once(place, enter, take_back)
        assert set(refused) <= {Conflict.__name__}
        with place.database.read() as db:
            is_kept = db.get(PassRow, key) is not None
            is_used = db.query(PassUse).filter_by(pass_id=key).count() == 1
        assert is_kept == is_used == bool(refused)


def test_whom_no_letter_reaches_gets_one_badge(place: Place) -> None:
    """Two that are given at once, or one beside a lost one that is restored."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        zoes = [place.member(db, "Zoé").id for _time in range(2 * TIMES)]
    place.clock.forward(days=1)
    now, numbers = place.now, itertools.count()

    def give(db: Session, zoe: str) -> str:
        new = NewCredential(member_id=zoe, value=f"uid:04AA{next(numbers):010X}")
        return credentials.create(db, new, vault=VAULT, actor=desk, now=now).id

    for number, zoe in enumerate(zoes):
        acts: list[Callable[[Session], object]] = [partial(give, zoe=zoe), partial(give, zoe=zoe)]
        if number < TIMES:
            with place.database.write() as db:
                first = give(db, zoe)
                credentials.mark_lost(db, first, actor=desk, now=now)
            acts[1] = partial(credentials.restore, credential_id=first, actor=desk, now=now)
        assert at_once(place, *acts) == [SecondBadge.__name__]


def test_a_plan_that_two_give_at_once_is_given_and_charged_once(place: Place) -> None:
    with place.database.write() as db:
        zoes = [place.member(db, "Zoé", plan=None).id for _time in range(TIMES)]
    for zoe in zoes:
        new = NewSubscription(member_id=zoe, plan_id="atelier", valid_from=place.now)
        subscribe = partial(subscriptions.create, new=new, actor=BOSS, now=place.now)
        assert at_once(place, subscribe, subscribe) == [Conflict.__name__]
        with place.database.read() as db:
            assert len(subscriptions.page(db, actor=BOSS, member_id=zoe).items) == 1


def test_whoever_is_just_erased_gets_nothing_more(place: Place) -> None:
    """The other request waits for the erasure, and is told that there is no such member."""
    with place.database.write() as db:
        subscribed = place.member(db, "Amina", plan=None).id
    refusals: list[str] = []

    def subscribe() -> None:
        new = NewSubscription(member_id=subscribed, plan_id="bureau", valid_from=place.now)
        try:
            with place.database.edit() as db:
                subscriptions.create(db, new, actor=BOSS, now=place.now)
        except (Invalid, NotFound) as refusal:
            refusals.append(str(refusal))

    other = Thread(target=subscribe)
    with place.database.write() as db:
        erase(db, subscribed, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        other.start()
        if place.database.engine.dialect.name == "postgresql":
            until(lambda: is_waiting(place), "the subscription does not wait")
    other.join(WAIT_S)
    assert len(refusals) == 1


def test_a_day_of_a_pass_is_not_given_back_while_a_grant_by_it_is_stored(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db, "Amina", plan=None)
        ref = db.get_one(MemberRow, person.id).ref
        new = NewPass(member_id=person.id, plan_id="atelier", units=2, valid_from=place.now)
        key = passes.create(db, new, actor=BOSS, now=place.now).id
        way = NewPresence(zone_id="workshop", member_id=person.id)
        entry = entries.check_in(db, way, actor=BOSS, now=place.now)
    place.clock.forward(seconds=5)
    refusals: list[str] = []

    def undo() -> None:
        how = {"spent": entry.spent, "actor": BOSS, "now": place.now}
        try:
            with place.database.edit() as db:
                entries.undo_entry(db, entry.present.id, **how)  # type: ignore[arg-type]
        except Conflict as refusal:
            refusals.append(str(refusal))

    other = Thread(target=undo)
    with place.database.write() as db:
        PLANS.effects[0](db, [granted(db, place, ref)], place.now)
        other.start()
        if place.database.engine.dialect.name == "postgresql":
            until(lambda: is_waiting(place) or not other.is_alive(), "it neither waits nor ends")
    other.join(WAIT_S)
    assert len(refusals) == 1
    with place.database.read() as db:
        assert passes.get(db, key, actor=BOSS).spent == 1


def granted(db: Session, place: Place, ref: str) -> StoredEvent:
    """The door was granted to somebody now, and that is stored."""
    key = uuid7(place.now.millis())
    add_event(
        db,
        agent="pi",
        stream=uuid7(),
        seq=1,
        event_id=key,
        site=place.site,
        point="door-1",
        type="access_granted",
        at=place.now,
        received_at=place.now,
        raw=json.dumps({"event_id": key, "member": ref}).encode(),
    )
    event = AccessGranted(
        event_id=key,
        boot_id=uuid7(),
        mono_ms=1,
        at=place.now,
        clock_trusted=True,
        access_point=AccessPointId("door-1"),
        member=MemberRef(ref),
    )
    return StoredEvent(
        site=place.site,
        agent="pi",
        stream=uuid7(),
        seq=1,
        event=event,
        at=place.now,
        best_time=place.now,
        estimate=place.now,
        received_at=place.now,
        arrived_late=False,
    )


def test_one_booking_of_a_room_is_a_mistake_also_at_once(place: Place) -> None:
    """Six people came for its first hour, and it was booked nine minutes ago."""
    with place.database.write() as db:
        db.get_one(ZoneRow, "workshop").desks = TIMES
        desk = place.account(db, "desk", Role.DESK)
        hour = Utc.of(place.now + timedelta(hours=1))
        keys = [
            bookings.create(
                db,
                NewBooking(
                    member_id=place.member(db, f"Zoé {number}").id,
                    zone_id="workshop",
                    starts_at=place.now,
                    ends_at=hour,
                ),
                actor=desk,
                now=place.now,
            ).id
            for number in range(TIMES)
        ]
    place.clock.forward(minutes=9)
    cancel = [partial(bookings.cancel, booking_id=key, actor=desk, now=place.now) for key in keys]
    assert at_once(place, *cancel) == []
    with place.database.read() as db:
        rows = db.scalars(select(BookingRow)).all()
    assert sum(row.cancelled_at is not None for row in rows) == 1
    assert {row.closed_at for row in rows} == {place.now}


def is_waiting(place: Place) -> bool:
    """Whether a transaction waits for another one."""
    with place.database.engine.connect() as db:
        return bool(db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
