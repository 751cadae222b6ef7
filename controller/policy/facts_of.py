"""The facts in the form that agents get, for previews, explanations and pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.facts import (
    AccessPoint,
    Booking,
    CredentialStatus,
    Holder,
    PointKind,
    Site,
    Window,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from controller.kernel.read_memo import memoise
from controller.policy.compile import compile_for_agents, compile_rows, read_fields
from controller.policy.reading import chunks
from controller.wire.rows import SiteRow


def site(db: Session, site_id: str, now: Utc) -> Site:
    """Return the site with everything that its access points share. Raises NotFound."""
    table = partial(_table, db, site_id, now=now)
    return replace(
        site_hours_and_zones(db, site_id, now),
        plans=table("plan"),
        certifications=table("certification"),
    )


def site_hours_and_zones(db: Session, site_id: str, now: Utc) -> Site:
    """Return the site with its hours and zones, but without plans and certifications.

    Raises NotFound.
    """
    table = partial(_table, db, site_id, now=now)
    row: SiteRow | None = table("site").get(site_id)
    if row is None:
        raise NotFound("site", site_id)
    return Site(
        id=row.id,
        name=row.name,
        time_zone=row.time_zone,
        language=row.language,
        opening=row.opening,
        schedules=table("schedule"),
        zones=table("zone"),
    )


def points(db: Session, site_id: str, now: Utc) -> list[AccessPoint]:
    """Return the site's access points, ordered by id."""
    return [point for _, point in sorted(_table(db, site_id, "point", now).items())]


def points_of(db: Session, site_id: str, keys: Sequence[str], now: Utc) -> list[AccessPoint]:
    """Return these access points, ordered by id, without reading the others."""
    compiled = compile_rows(db, "point", site_id, list(keys), now)
    return [point for _, point in sorted(compiled.items()) if point is not None]


def point(db: Session, site_id: str, access_point_id: str, now: Utc) -> AccessPoint:
    """Return one access point. Raises NotFound."""
    access_point: AccessPoint | None
    (access_point,) = compile_rows(db, "point", site_id, [access_point_id], now).values()
    if access_point is None:
        raise NotFound("access point", access_point_id)
    return access_point


def best_holder(db: Session, member_id: str, site_id: str, now: Utc) -> Holder | None:
    """Return the holder for the member's best badge: active, with the highest assurance.

    None without a badge, or if the site does not know the member.
    """
    badges: list[Holder | None] = [*compile_rows(db, "member", site_id, [member_id], now).values()]
    return max(filter(None, badges), key=lambda badge: badge_rank(badge, now), default=None)


def badges_at(db: Session, member_id: str, site_id: str, now: Utc) -> list[Holder]:
    """Return a holder for each of the member's badges that the site's agents can read."""
    values = compile_for_agents(db, "member", site_id, [member_id], now).values()
    return [holder for holder in values if holder is not None]


def badge_holder(db: Session, member_id: str, key: str, site_id: str, now: Utc) -> Holder | None:
    """Return the holder for one of the member's badges; None if the site does not know it."""
    holder: Holder | None = compile_rows(db, "member", site_id, [member_id], now).get(key)
    return holder


def best_holders(db: Session, members: Sequence[str], site_id: str, now: Utc) -> Iterator[Holder]:
    """Yield the best holder of each member with a badge, with a few queries per thousand."""
    for keys in chunks(members):
        best: dict[str, Holder] = {}
        for row in filter(None, compile_rows(db, "member", site_id, keys, now).values()):
            previous = best.get(row.member)
            if previous is None or badge_rank(row, now) > badge_rank(previous, now):
                best[row.member] = row
        yield from best.values()


def rights_of(db: Session, member_id: str, site_id: str, now: Utc) -> Holder | None:
    """Return the member as if with an active badge, to check personal rights alone.

    None if the site does not know the member.
    """
    fields = read_fields(db, "member", site_id, [member_id], now).get(member_id)
    return None if fields is None else Holder(**fields)


def holder_of(db: Session, member_id: str, site_id: str, now: Utc) -> Holder | None:
    """Return the member's best badge, else the member as if with one; None if the site does not
    know them."""
    badge = best_holder(db, member_id, site_id, now)
    return badge or rights_of(db, member_id, site_id, now)


def entrance(zone_id: str) -> AccessPoint:
    """Return a fictitious door for checking who may be in a zone; it requires a subscription."""
    return AccessPoint(
        id=AccessPointId("entrance"), kind=PointKind.DOOR, zone=zone_id, commissioned=True
    )


def windows(db: Session, site_id: str, now: Utc) -> tuple[Window, ...]:
    """Return the supervision windows that are open now."""
    return tuple(
        window for window in _table(db, site_id, "window", now).values() if window.until > now
    )


def bookings(db: Session, site_id: str, now: Utc) -> tuple[Booking, ...]:
    """Return the bookings of access points that are in the policy."""
    return tuple(_table(db, site_id, "booking", now).values())


def bookings_of(db: Session, site_id: str, keys: Iterable[str], now: Utc) -> Iterator[Booking]:
    """Yield these bookings of access points, without reading the others."""
    for some in chunks(keys):
        compiled = compile_rows(db, "booking", site_id, some, now).values()
        yield from (booking for booking in compiled if booking is not None)


def badge_rank(holder: Holder, now: Utc) -> tuple[bool, bool, int]:
    """Return the rank of a badge; the greatest one is the best."""
    has_begun = holder.valid_from is None or holder.valid_from <= now
    lasts = holder.valid_until is None or now < holder.valid_until
    level = list(type(holder.assurance)).index(holder.assurance)
    return holder.status is CredentialStatus.ACTIVE, has_begun and lasts, level


def _table(db: Session, site_id: str, kind: str, now: Utc) -> Mapping[str, Any]:
    memo_key = ("facts", site_id, kind, now)
    return memoise(db, memo_key, lambda: compile_rows(db, kind, site_id, None, now))
