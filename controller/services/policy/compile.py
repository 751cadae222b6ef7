"""Compile a site's policy rows from the tables; reads columns, never objects held in memory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.facts import (
    AccessPoint,
    Aid,
    Certification,
    DoorRules,
    Held,
    Holder,
    Name,
    Plan,
    Requirement,
    Schedule,
    SessionRules,
    Window,
    Zone,
)
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.services.jsontypes import dec_hook
from controller.store.models import (
    AccessPointRow,
    CertificationRow,
    CredentialRow,
    HeldRow,
    HubKey,
    Maintainer,
    MemberRow,
    PlanRow,
    ScheduleRow,
    SiteRow,
    SubscriptionRow,
    Supervisor,
    WindowRow,
    ZoneRow,
)
from controller.wire import rows as wire

T = TypeVar("T")
CHUNK = 1000
_ADJOINING = timedelta(seconds=1)
"""Two subscriptions of one plan with less between them count as one window."""


@dataclass(frozen=True, slots=True)
class Period:
    """A subscription as the choice of the current one reads it."""

    plan: str
    grace_days: int
    start: Utc
    end: Utc | None


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def fact(data: object, kind: type[T]) -> T:
    """A JSON column as the dataclass that it holds."""
    return msgspec.convert(data, kind, dec_hook=dec_hook)


def compile_table(db: Session, site_id: str, table: str, keys: list[str]) -> dict[str, object]:
    """The values of these rows; a key without a value is gone. Not for table `holder`."""
    compilers = {
        "site": _sites,
        "zone": _zones,
        "plan": _plans,
        "schedule": _schedules,
        "certification": _certifications,
        "point": _points,
        "window": _windows,
    }
    return dict(compilers[table](db, site_id, keys))


def _sites(db: Session, site_id: str, _keys: list[str]) -> Iterator[tuple[str, object]]:
    row = db.execute(
        select(SiteRow.name, SiteRow.time_zone, SiteRow.language, SiteRow.opening).where(
            SiteRow.id == site_id
        )
    ).one()
    keys = db.execute(
        select(HubKey.kid, HubKey.public_key)
        .where(HubKey.retired_at.is_(None))
        .order_by(HubKey.kid)
    )
    yield (
        site_id,
        wire.SiteRow(
            id=site_id,
            name=fact(row.name, Name),
            time_zone=row.time_zone,
            language=row.language,
            opening=row.opening,
            hub_keys=tuple(wire.HubKey(kid=each.kid, public_key=each.public_key) for each in keys),
        ),
    )


def _zones(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(ZoneRow.id, ZoneRow.name, ZoneRow.capacity, ZoneRow.window_max_min).where(
            ZoneRow.site_id == site_id, ZoneRow.id.in_(keys)
        )
    ):
        yield (
            row.id,
            Zone(
                name=fact(row.name, Name),
                capacity=row.capacity,
                window_max_min=row.window_max_min,
            ),
        )


def _plans(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(
            PlanRow.id,
            PlanRow.name,
            PlanRow.schedule_id,
            PlanRow.zones,
            PlanRow.outside_opening,
        ).where(PlanRow.site_id == site_id, PlanRow.id.in_(keys))
    ):
        yield (
            row.id,
            Plan(
                name=fact(row.name, Name),
                schedule=row.schedule_id,
                zones=tuple(row.zones),
                outside_opening=row.outside_opening,
            ),
        )


def _schedules(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(ScheduleRow.id, ScheduleRow.data).where(
            ScheduleRow.site_id == site_id, ScheduleRow.id.in_(keys)
        )
    ):
        yield row.id, fact(row.data, Schedule)


def _certifications(db: Session, _site: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(CertificationRow.id, CertificationRow.name, CertificationRow.kind).where(
            CertificationRow.id.in_(keys)
        )
    ):
        yield row.id, Certification(name=fact(row.name, Name), kind=row.kind)


def _points(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    columns = AccessPointRow.__table__.c
    for row in db.execute(select(*columns).where(columns.site_id == site_id, columns.id.in_(keys))):
        yield row.id, point_of(row)


def _windows(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(
            WindowRow.id, WindowRow.zone_id, WindowRow.supervisor, WindowRow.opened_at,
            WindowRow.until,
        ).where(
            WindowRow.site_id == site_id,
            WindowRow.id.in_(keys),
            WindowRow.opened_at.is_not(None),
            WindowRow.until.is_not(None),
            WindowRow.closed_at.is_(None),
        )
    ):  # fmt: skip
        supervisor = MemberRef(row.supervisor)
        yield row.id, Window(
            zone=row.zone_id, supervisor=supervisor, opened_at=row.opened_at, until=row.until
        )  # fmt: skip


def point_of(row: Any) -> AccessPoint:
    """The fact of an access point, from its row or its columns."""
    return AccessPoint(
        id=AccessPointId(row.id),
        kind=row.kind,
        agent=row.agent_id,
        name=fact(row.name, Name),
        icon=row.icon,
        zone=row.zone_id,
        from_zone=row.from_zone_id,
        in_service=row.in_service,
        service_reason=row.service_reason,
        commissioned=row.commissioned,
        risk=row.risk,
        requirement=fact(row.requirement, Requirement),
        session=fact(row.session, SessionRules),
        door=fact(row.door, DoorRules),
        policy_max_age_s=row.policy_max_age_s,
        needs=tuple(row.needs),
    )


def compile_holders(db: Session, members: Sequence[str], now: Utc) -> dict[str, Holder]:
    """The holder rows, by holder key, of these members (at most CHUNK), whatever their site."""
    held = _held(db, members)
    periods = periods_of(db, members)
    maintains = pairs(db, members, Maintainer.member_id, Maintainer.access_point_id)
    supervises = pairs(db, members, Supervisor.member_id, Supervisor.zone_id)
    credentials = CredentialRow.__table__.c
    people = MemberRow.__table__.c
    result = {}
    for row in db.execute(
        select(
            credentials.holder_key, credentials.status, credentials.valid_from,
            credentials.valid_until, credentials.assurance, people.id, people.ref,
            people.status.label("member_status"), people.categories, people.language, people.aids,
        )
        .join(MemberRow, people.id == credentials.member_id)
        .where(people.id.in_(members))
    ):  # fmt: skip
        period = choose(periods.get(row.id, []), now)
        result[row.holder_key] = Holder(
            member=MemberRef(row.ref),
            status=row.status,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            assurance=row.assurance,
            member_status=row.member_status,
            plan=period.plan if period else None,
            subscription_from=period.start if period else None,
            subscription_until=period.end if period else None,
            grace_days=period.grace_days if period else 0,
            categories=tuple(row.categories),
            certifications=tuple(held.get(row.id, ())),
            maintains=tuple(AccessPointId(each) for each in maintains.get(row.id, ())),
            supervises=tuple(supervises.get(row.id, ())),
            language=row.language,
            aids=tuple(Aid(each) for each in row.aids),
        )
    return result


def choose(periods: list[Period], now: Utc) -> Period | None:
    """Which subscription holds: the one that ends last of those now, else the next, else the last.

    Adjoining ones of the same plan make one, so that a renewal bought early needs no network.
    """
    joined: list[Period] = []
    for each in sorted(periods, key=lambda period: (period.plan, period.start)):
        last = joined[-1] if joined else None
        if last and last.plan == each.plan and (
            last.end is None or each.start - last.end <= _ADJOINING
        ):  # fmt: skip
            end = None if last.end is None or each.end is None else max(last.end, each.end)
            joined[-1] = Period(last.plan, last.grace_days, last.start, end)
        else:
            joined.append(each)
    current = [p for p in joined if p.start <= now and (p.end is None or now < p.end)]
    if current:
        return max(current, key=lambda p: (p.end is None, p.end or p.start, p.plan))
    coming = [p for p in joined if p.start > now]
    if coming:
        return min(coming, key=lambda p: (p.start, p.plan))
    return max(joined, key=lambda p: (p.end or p.start, p.plan), default=None)


def _held(db: Session, members: Sequence[str]) -> dict[str, list[Held]]:
    result = defaultdict(list)
    columns = HeldRow.__table__.c
    for row in db.execute(
        select(*columns).where(columns.member_id.in_(members)).order_by(columns.certification_id)
    ):
        result[row.member_id].append(
            Held(
                certification=row.certification_id,
                level=row.level,
                status=row.status,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            )
        )
    return result


def periods_of(db: Session, members: Sequence[str]) -> dict[str, list[Period]]:
    """The subscriptions of these members (at most CHUNK), by member."""
    result = defaultdict(list)
    for row in db.execute(
        select(
            SubscriptionRow.member_id, SubscriptionRow.plan_id, PlanRow.grace_days,
            SubscriptionRow.valid_from, SubscriptionRow.valid_until,
        )
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(SubscriptionRow.member_id.in_(members))
    ):  # fmt: skip
        result[row.member_id].append(
            Period(row.plan_id, row.grace_days, row.valid_from, row.valid_until)
        )
    return result


def pairs(db: Session, members: Sequence[str], member: Any, other: Any) -> dict[str, list[str]]:
    """The values of `other` by member, each list in order."""
    result = defaultdict(list)
    for key, value in db.execute(select(member, other).where(member.in_(members)).order_by(other)):
        result[key].append(value)
    return result
