"""What every resource does alike: find a row the actor may see, check its version, its site."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, column, select, table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound, Stale
from controller.kernel.read_memo import memoise
from controller.store.base import Base, Versioned

R = TypeVar("R", bound=Base)


def get_or_404(db: Session, model: type[R], key: str, kind: str) -> R:
    """The row with this id. Raises NotFound."""
    row = memoise(db, (model, key), lambda: db.get(model, key))
    if row is None:
        raise NotFound(kind, key)
    return row


def visible(
    db: Session, model: type[R], key: str, kind: str, actor: Actor, permission: Permission
) -> R:
    """The row with this id, of a site at which the actor has the permission. Raises NotFound."""
    row = get_or_404(db, model, key, kind)
    require_readable(actor, permission, row.site_id, kind, key)  # type: ignore[attr-defined]
    return row


def require_readable(
    actor: Actor, permission: Permission, site_id: str, kind: str, key: str
) -> None:
    """Raise NotFound, not Forbidden: that it exists is not told either."""
    if not actor.may(permission, site_id):
        raise NotFound(kind, key)


def ensure(db: Session, find: Select[R], new: R) -> R:
    """The row that is there, else the new one, whoever else makes it at the same moment."""
    row = db.scalar(find)
    if row is not None:
        return row
    try:
        with db.begin_nested():
            db.add(new)
    except IntegrityError:
        return db.scalars(find).one()
    return new


def is_there(db: Session, row: Any) -> bool:
    """Lock the row of an `id`, until then waiting for whoever deletes it; False: that was done."""
    model = type(row)
    there = select(model.id).where(model.id == row.id).with_for_update(key_share=True)
    return db.scalar(there) is not None


def require_version(row: Versioned, version: int | None) -> None:
    """Raise Stale unless the row still has this version; None: whichever it has."""
    if version is not None and row.row_version != version:
        raise Stale("it has changed since; read it again")


_SITE = table("site", column("id"))
"""All that the kernel knows of sites: that there are some."""


def site_ids(db: Session) -> frozenset[str]:
    """All sites of the installation."""
    return frozenset(db.scalars(select(_SITE.c.id)))


def resolve_site(db: Session, actor: Actor, permission: Permission, site_id: str | None) -> str:
    """The site of something new: as given, or the only one the actor could mean."""
    if site_id is None:
        actor.require_anywhere(permission)
        sites = actor.sites(permission)
        if sites is None:
            sites = site_ids(db)
        if len(sites) != 1:
            raise Invalid.of("site_id", "required: there is more than one site, or none")
        (site_id,) = sites
    elif site_id not in site_ids(db):
        raise Invalid.of("site_id", f"no site {site_id}")
    actor.require(permission, site_id)
    return site_id


def require_unused_id(db: Session, model: type[Base], key: str, kind: str) -> None:
    """Raise Conflict when the id is taken."""
    if db.get(model, key) is not None:
        raise Conflict(f"{kind} {key} exists already")


def at_sites(column: InstrumentedAttribute[str], sites: frozenset[str] | None) -> Any:
    """The condition that a row belongs to one of the sites; None: to any."""
    return True if sites is None else column.in_(sites)


def require_existing(
    db: Session, field: str, column: InstrumentedAttribute[str], keys: Iterable[str], *where: Any
) -> None:
    """Raise Invalid, naming the field, when a key does not stand in the column."""
    wanted = set(keys)
    if not wanted:
        return
    missing = wanted - set(db.scalars(select(column).where(column.in_(wanted), *where)))
    if missing:
        raise Invalid.of(field, f"unknown at this site: {', '.join(sorted(missing))}")
