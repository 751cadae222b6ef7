"""Creates another site of the network, with rooms, hours and a manager."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, admin, invitations
from controller.capabilities.accounts.shapes import Login, NewAccount
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.places.shapes import NewSchedule, NewSite, NewZone, Site, Weekly
from controller.domain.facts import Language, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label, Shape
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse


class NewPlace(Shape, frozen=True, kw_only=True):
    """The questions about a new site before its first box."""

    name: Label
    time_zone: str
    language: Language
    rooms: tuple[Label, ...] = ()
    weekly: tuple[Weekly, ...] = ()
    """Empty: always open."""
    hours_name: Label
    manager: Login | None = None
    """Login of the manager; null: only the actor."""


class Invitation(NamedTuple):
    """A new account for the manager of the site, and its code."""

    account_id: str
    code: str


class PlaceCounts(NamedTuple):
    """The numbers of rooms, machines and boxes of a site."""

    rooms: int
    machines: int
    boxes: int


def create(db: Session, new: NewPlace, *, actor: Actor, now: Utc) -> tuple[Site, Invitation | None]:
    """Create the site with its rooms, hours and manager.

    Also returns an invitation if the manager had no account. Raises Forbidden, Invalid.
    """
    text = new.name.fr or new.name.en or ""
    fields = {"name": to_json(new.name), "time_zone": new.time_zone, "language": new.language}
    site = parse({"id": unused_slug(db, SiteRow, text), **fields}, NewSite)
    new_site = sites.create(db, site, actor=actor, now=now)
    actor = replace(actor, roles={**actor.roles, new_site.id: frozenset({Role.ADMIN})})
    for room in new.rooms:
        key = unused_slug(db, ZoneRow, room.fr or room.en or "")
        zones.create(db, NewZone(id=key, site_id=new_site.id, name=room), actor=actor, now=now)
    if new.weekly:
        key = unused_slug(db, ScheduleRow, f"{new.hours_name.fr or new.hours_name.en} {text}")
        week = NewSchedule(id=key, site_id=new_site.id, name=new.hours_name, weekly=new.weekly)
        schedules.create(db, week, actor=actor, now=now)
        patch = {"opening": key}
        new_site = sites.change(
            db, new_site.id, patch, version=new_site.version, actor=actor, now=now
        )
    return new_site, _give_manager(db, new_site, new.manager, actor, now)


def _give_manager(
    db: Session, site: Site, login: str | None, actor: Actor, now: Utc
) -> Invitation | None:
    """Make the account with this login the site's manager; invite it if it does not exist."""
    if not login:
        return None
    try:
        account = admin.get(db, accounts.id_of(db, login), actor=actor)
    except NotFound:
        new = {"login": login, "language": site.language, "roles": {site.id: [Role.MANAGER]}}
        return Invitation(*invitations.invite(db, parse(new, NewAccount), actor=actor, now=now))
    if account.disabled_at is not None:
        raise Invalid.of("login", "this account is closed")
    if account.id != actor.account_id:
        roles = {site.id: frozenset({Role.MANAGER})}
        accounts.set_roles(db, account.id, roles, actor=actor, now=now)
    return None


def counts(db: Session, site_ids: Sequence[str], *, actor: Actor) -> dict[str, PlaceCounts]:
    """Return the counts of each of these sites. Raises Forbidden."""
    for site in site_ids:
        actor.require(Permission.RULES_READ, site)
    rooms, boxes = (_by_site(db, model, site_ids) for model in (ZoneRow, AgentRow))
    machines = _by_site(db, AccessPointRow, site_ids, AccessPointRow.kind == PointKind.MACHINE)
    return {
        site: PlaceCounts(rooms.get(site, 0), machines.get(site, 0), boxes.get(site, 0))
        for site in site_ids
    }


def _by_site(
    db: Session,
    model: type[ZoneRow | AgentRow | AccessPointRow],
    site_ids: Sequence[str],
    *only: ColumnElement[bool],
) -> dict[str, int]:
    rows = select(model.site_id, func.count()).where(model.site_id.in_(site_ids), *only)
    return {site: number for site, number in db.execute(rows.group_by(model.site_id))}  # noqa: C416
