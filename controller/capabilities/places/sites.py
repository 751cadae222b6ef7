"""Sites: create, list and change them."""

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from controller.capabilities.places.changes import CalendarChanged, SiteCreated
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.places.shapes import NewSite, Site, SiteFields
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Forbidden
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    get_or_404,
    require_existing,
    require_readable,
    require_unused_id,
    require_version,
)
from controller.kernel.shapes import Label
from controller.kernel.validate import merge
from controller.policy.models import PolicySite
from controller.settings import SiteSettings

NO_DIGEST = "0" * 64
"""The digest of an empty policy."""
_SITES_BY_ID = select(SiteRow).where(SiteRow.id.in_(bindparam("sites"))).order_by(SiteRow.id)
"""Built once, since every request runs it."""


def ensure_site(db: Session, settings: SiteSettings, now: Utc) -> bool:
    """Create the configured site if it is missing; return whether it was."""
    if db.get(SiteRow, settings.id) is not None:
        return False
    new = NewSite(
        id=settings.id,
        name=Label(fr=settings.name),
        time_zone=settings.time_zone,
        language=Language(settings.language),
    )
    create(db, new, actor=Actor.system("init"), now=now)
    return True


def follow_settings(db: Session, settings: SiteSettings, now: Utc) -> None:
    """Set the configured site's name, time zone and language to those of config.toml."""
    row = get_or_404(db, SiteRow, settings.id, "site")
    names = dict.fromkeys(row.name, settings.name)
    patch = {"name": names, "time_zone": settings.time_zone, "language": settings.language}
    change(db, settings.id, patch, version=None, actor=Actor.system("init"), now=now)


def create(db: Session, new: NewSite, *, actor: Actor, now: Utc) -> Site:
    """Create a site with an empty policy; the actor becomes its first admin.

    Raises Forbidden, Conflict (the id is taken), Invalid.
    """
    if not administers_all(db, actor):
        raise Forbidden("only an admin of every site can create one; or use: loquet init")
    require_unused_id(db, SiteRow, new.id, "site")
    _check_fields(db, new.id, new)
    row = SiteRow(id=new.id, created_at=now)
    write(row, new, SiteFields)
    db.add(row)
    db.flush()
    db.add(PolicySite(site_id=row.id, epoch=1, version=0, holders=0, digest=NO_DIGEST))
    audit.record(db, actor, now, "site_created", f"site:{row.id}", row.id)
    react(db, SiteCreated(row.id, actor, now))
    db.flush()
    return shape(row)


def administers_all(db: Session, actor: Actor) -> bool:
    """Return whether the actor is an admin of every site, and so may create another."""
    sites = db.scalars(select(SiteRow.id)).all()
    needed = (Permission.ACCOUNTS_WRITE, Permission.RULES_WRITE)
    return actor.is_system or (
        bool(sites) and all(actor.may(permission, site) for site in sites for permission in needed)
    )


def get(db: Session, site_id: str, *, actor: Actor) -> Site:
    """Return one site. Raises NotFound."""
    require_readable(actor, Permission.RULES_READ, site_id, "site", site_id)
    return shape(get_or_404(db, SiteRow, site_id, "site"))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Site]:
    """Return a page of the sites at which the actor has a role."""
    statement = select(SiteRow).where(at_sites(SiteRow.id, actor.sites(Permission.RULES_READ)))
    return paged(db, statement, SiteRow.id, cursor, lambda rows: [shape(row) for row in rows])


def count(db: Session) -> int:
    """Return the number of all sites, including those that an actor may not see."""
    return db.scalar(select(func.count()).select_from(SiteRow)) or 0


def names(db: Session) -> dict[str, Label]:
    """Return the name of every site by its id, including those that an actor may not see."""
    rows = db.scalars(select(SiteRow).order_by(SiteRow.id))
    return {row.id: shape(row).name for row in rows}


def visible_sites(db: Session, actor: Actor) -> list[Site]:
    """Return the sites at which the actor has any role, sorted by id."""
    return with_ids(db, actor.roles)


def with_ids(db: Session, ids: Iterable[str]) -> list[Site]:
    """Return these sites, sorted by id, whoever asks."""
    return [shape(row) for row in db.scalars(_SITES_BY_ID, {"sites": list(ids)})]


def change(
    db: Session, site_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Site:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = get_or_404(db, SiteRow, site_id, "site")
    require_readable(actor, Permission.RULES_READ, site_id, "site", site_id)
    actor.require(Permission.RULES_WRITE, site_id)
    require_version(row, version)
    new = merge(shape(row), patch, SiteFields)
    _check_fields(db, site_id, new)
    has_other_days = row.time_zone != new.time_zone
    write(row, new, SiteFields)
    audit.record(db, actor, now, "site_changed", f"site:{row.id}", row.id)
    db.flush()
    if has_other_days:
        react(db, CalendarChanged(site_id))
    return shape(row)


def _check_fields(db: Session, site_id: str, new: SiteFields) -> None:
    """Raise Invalid for a schedule or a zone of another site."""
    if new.opening is not None:
        require_existing(
            db, "opening", ScheduleRow.id, [new.opening], ScheduleRow.site_id == site_id
        )
    zones = {zone for walk in new.walking_times for zone in walk.zones}
    require_existing(db, "walking_times", ZoneRow.id, zones, ZoneRow.site_id == site_id)


def shape(row: SiteRow) -> Site:
    """Return the row for the API."""
    return to_shape(row, Site)
