"""Detects copied badges: used at two readers sooner than anyone can walk from one to the other."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm, BadgeLastSeen
from controller.capabilities.alarms.walking_times import Rules, Sighting, walk_s
from controller.capabilities.badges import suspension
from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow, MemberSite
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import CredentialStatus
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.database import database_time
from controller.kernel.jobs import Job, single_transaction
from controller.kernel.outbox import post_news
from controller.kernel.projections import StoredEvent
from controller.kernel.rows import ensure
from controller.store.upsert import insert_missing, upsert
from controller.wire.events import AccessDenied, AccessGranted
from controller.wire.ids import uuid7

KIND = "badge_copied"
MAX_DELAY = timedelta(seconds=10)
"""Only taps that arrive within this time are compared; with a slow clock, a tap seems late."""
MAX_CLOCK_LEAD = timedelta(seconds=2)
"""How far ahead an agent's clock may be; later taps are ignored."""
RETENTION = timedelta(hours=1)
"""How long a badge's last reader is stored: the longest possible walking time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTap:
    """A tap that has just happened, with the badge's holder key at the agent's site."""

    site: str
    agent: str
    point: str
    key: str
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A live tap with the badge that belongs to it."""

    credential: str
    ending: str
    """The last four characters of the badge's masked number."""
    member: str
    home: str
    """The member's home site."""
    sighting: Sighting


def compare_taps(db: Session, events: Sequence[StoredEvent], now: Utc) -> None:
    """Compare each live tap with the last one of the same badge, and raise alarms."""
    live = (live_tap for event in events if (live_tap := _live(event, now)) is not None)
    first = next(live, None)
    if first is None:
        return
    rules = Rules.of(db.execute(_SITES).all())
    taps = _taps(db, [first, *live], rules, now) if rules.compares_anything else []
    if not taps:
        return
    last = _last_seen(db, taps)
    # Taps at another site come through another hub. They are comparable only if this hub's clock
    # agrees with the database's, which that hub compares with too.
    clocks_agree = (
        rules.has_several_sites and abs(database_time(db, lambda: now) - now) <= MAX_CLOCK_LEAD
    )
    for tap in taps:
        before = last[tap.credential]
        is_comparable = clocks_agree or before.site == tap.sighting.site
        if is_comparable and tap.sighting.is_sooner_than(
            walk_s(before, tap.sighting, rules), before
        ):
            _report_copy(db, tap, before, rules, now)
        if tap.sighting.latest >= before.latest:
            last[tap.credential] = tap.sighting
    upsert(db, BadgeLastSeen, [_row(tap, last[tap.credential]) for tap in _by_badge(taps)])


def delete_old_sightings(db: Session, now: Utc) -> None:
    """Delete sightings that are too old to matter."""
    db.execute(delete(BadgeLastSeen).where(BadgeLastSeen.latest < Utc.of(now - RETENTION)))


JOBS = (
    Job(
        name="badges_last_seen",
        title=N_("erasing where each badge was last used"),
        run=single_transaction(delete_old_sightings),
        period_s=3600.0,
    ),
)
_SITES = select(
    SiteRow.id, SiteRow.walking_times, SiteRow.walk_from_elsewhere_s, SiteRow.suspends_copied_badges
)


def _live(stored: StoredEvent, now: Utc) -> LiveTap | None:
    """Return the event as a tap; None if it is another event, too old, or from a wrong clock."""
    event = stored.event
    if not isinstance(event, (AccessGranted, AccessDenied)) or not event.clock_trusted:
        return None
    if event.credential is None or event.access_point is None:
        return None
    if not now - MAX_DELAY <= event.at <= now + MAX_CLOCK_LEAD:
        return None
    return LiveTap(
        site=stored.site,
        agent=stored.agent,
        point=event.access_point,
        key=event.credential,
        at=event.at,
    )


def _taps(db: Session, live: Sequence[LiveTap], rules: Rules, now: Utc) -> list[Tap]:
    """Return the taps that can be compared with others, in order of time."""
    installation_keys = _installation_keys(db, live)
    badges = _badges(db, set(installation_keys.values()))
    zones = _zones(db, {tap.point for tap in live})
    taps = []
    for tap in sorted(live, key=lambda tap: tap.at):
        badge = badges.get(installation_keys[tap.site, tap.key])
        sighting = Sighting(
            site=tap.site,
            agent=tap.agent,
            point=tap.point,
            zones=zones.get(tap.point, frozenset()),
            earliest=Utc.of(min(tap.at, now) - MAX_CLOCK_LEAD),
            latest=now,
        )
        if badge is None or not rules.compares(
            sighting, is_known_elsewhere=badge.is_known_elsewhere
        ):
            continue
        taps.append(
            Tap(
                credential=badge.id,
                ending=badge.masked[-4:],
                member=badge.member_id,
                home=badge.home,
                sighting=sighting,
            )
        )
    return taps


def _installation_keys(db: Session, live: Iterable[LiveTap]) -> dict[tuple[str, str], str]:
    """Return the installation's key of each badge, by site and by the key that the site's agents
    use (decision 0196)."""
    keys = {(tap.site, tap.key) for tap in live}
    table = CredentialAt
    mappings = select(table.site_id, table.theirs, table.holder_key).where(
        table.site_id.in_({site for site, _ in keys}), table.theirs.in_({key for _, key in keys})
    )
    stored = {
        (site, site_key): installation_key
        for site, site_key, installation_key in db.execute(mappings).all()
    }
    return {site_and_key: stored.get(site_and_key, site_and_key[1]) for site_and_key in keys}


def _badges(db: Session, keys: Collection[str]) -> dict[str, Any]:
    """Return active badges of members, by the installation's key."""
    columns = (
        CredentialRow.id,
        CredentialRow.holder_key,
        CredentialRow.masked,
        CredentialRow.member_id,
        MemberRow.site_id.label("home"),
        exists().where(MemberSite.member_id == MemberRow.id).label("is_known_elsewhere"),
    )
    working = (CredentialRow.holder_key.in_(keys), CredentialRow.status == CredentialStatus.ACTIVE)
    statement = select(*columns).join(MemberRow, MemberRow.id == CredentialRow.member_id)
    return {row.holder_key: row for row in db.execute(statement.where(*working))}


def _zones(db: Session, points: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the zones of each access point: that of a machine, or both sides of a door."""
    columns = select(AccessPointRow.id, AccessPointRow.zone_id, AccessPointRow.from_zone_id)
    rows = db.execute(columns.where(AccessPointRow.id.in_(points)))
    return {key: frozenset(filter(None, zones)) for key, *zones in rows}


def _last_seen(db: Session, taps: Sequence[Tap]) -> dict[str, Sighting]:
    """Return the last sighting of each badge; for a badge without one, that of its first tap here.

    Locks the rows, since the hub of another site may update them too.
    """
    first = {tap.credential: tap for tap in reversed(taps)}
    insert_missing(
        db, BadgeLastSeen, [_row(first[key], first[key].sighting) for key in sorted(first)]
    )
    locked = (
        select(BadgeLastSeen)
        .where(BadgeLastSeen.credential_id.in_(first))
        .order_by(BadgeLastSeen.credential_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = db.scalars(locked).all()
    zones = _zones(db, {row.access_point_id for row in rows})
    return {
        row.credential_id: Sighting(
            site=row.site_id,
            agent=row.agent_id,
            point=row.access_point_id,
            zones=zones.get(row.access_point_id, frozenset()),
            earliest=row.earliest,
            latest=row.latest,
        )
        for row in rows
    }


def _by_badge(taps: Iterable[Tap]) -> list[Tap]:
    """Return one tap per badge, in the order in which `_last_seen` locks the rows."""
    taps_by_badge = {tap.credential: tap for tap in taps}
    return [taps_by_badge[key] for key in sorted(taps_by_badge)]


def _row(tap: Tap, sighting: Sighting) -> dict[str, Any]:
    return {
        "credential_id": tap.credential,
        "member_id": tap.member,
        "site_id": sighting.site,
        "agent_id": sighting.agent,
        "access_point_id": sighting.point,
        "earliest": sighting.earliest,
        "latest": sighting.latest,
    }


def _report_copy(db: Session, tap: Tap, before: Sighting, rules: Rules, now: Utc) -> None:
    """Raise an alarm where the badge was used, at both sites if they differ.

    Suspends the badge if the member's home site is configured so.
    """
    is_suspended = rules.sites[tap.home].suspends and suspension.suspend_copied(
        db, tap.credential, now=now
    )
    for sighting, other in ((tap.sighting, before), (before, tap.sighting)):
        if sighting is before and before.site == tap.sighting.site:
            continue
        detail: dict[str, Any] = {
            "credential": tap.credential,
            "ending": tap.ending,
            "suspended": is_suspended,
        }
        if other.site == sighting.site:
            detail["elsewhere"] = other.point
        else:
            detail["site"] = db.get_one(SiteRow, other.site).name
        _raise_alarm(db, sighting, tap.credential, detail, now)


def _raise_alarm(
    db: Session, sighting: Sighting, badge: str, detail: dict[str, Any], now: Utc
) -> None:
    """Raise the alarm for a badge at a site, again if it was resolved; does nothing if active."""
    key = f"{KIND}:{badge}:{sighting.site}"
    query = select(Alarm).where(Alarm.key == key)
    new = Alarm(
        id=uuid7(),
        key=key,
        site_id=sighting.site,
        agent_id=None,
        access_point_id=sighting.point,
        kind=KIND,
        detail=detail,
        raised_at=now,
        cleared_at=None,
    )
    row = db.scalar(query.with_for_update()) or ensure(db, query, new)
    if row.id != new.id and row.resolved_at is None:
        return
    row.raised_at, row.detail, row.access_point_id = now, detail, sighting.point
    row.taken_by = row.taken_at = row.resolved_by = row.resolved_at = row.remark = None
    db.flush()
    post_news(db, AlarmNews(site=sighting.site, key=row.id))
