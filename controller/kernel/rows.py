"""Helpers for resources: find a visible row, check its version, find its site."""

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
    """Return the row with this id. Raises NotFound."""
    row = memoise(db, (model, key), lambda: db.get(model, key))
    if row is None:
        raise NotFound(kind, key)
    return row


def visible(
    db: Session, model: type[R], key: str, kind: str, actor: Actor, permission: Permission
) -> R:
    """Return the row with this id if the actor has the permission at its site. Raises NotFound."""
    row = get_or_404(db, model, key, kind)
    require_readable(actor, permission, row.site_id, kind, key)  # type: ignore[attr-defined]
    return row


def require_readable(
    actor: Actor, permission: Permission, site_id: str, kind: str, key: str
) -> None:
    """Raise NotFound without the permission; Forbidden would reveal that the row exists."""
    if not actor.may(permission, site_id):
        raise NotFound(kind, key)


def ensure(db: Session, find: Select[R], new: R) -> R:
    """Return the existing row, else insert the new one; safe against other processes."""
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
    """Lock a row against deletion; return False if it was deleted."""
    model = type(row)
    query = select(model.id).where(model.id == row.id).with_for_update(key_share=True)
    return db.scalar(query) is not None


def require_version(row: Versioned, version: int | None) -> None:
    """Raise Stale unless the row has this version; None accepts any."""
    if version is not None and row.row_version != version:
        raise Stale("it has changed meanwhile; read it again")


_SITE = table("site", column("id"))
"""The sites' table, as far as the kernel needs to know it."""


def site_ids(db: Session) -> frozenset[str]:
    """Return the ids of all sites."""
    return frozenset(db.scalars(select(_SITE.c.id)))


def resolve_site(db: Session, actor: Actor, permission: Permission, site_id: str | None) -> str:
    """Return the site for a new row: the given one, or the only one at which the actor may create
    it.

    Raises Invalid, Forbidden.
    """
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
    """Raise Conflict if the id is in use."""
    if db.get(model, key) is not None:
        raise Conflict(f"{kind} {key} exists already")


def at_sites(column: InstrumentedAttribute[str], sites: frozenset[str] | None) -> Any:
    """Return the condition that a row belongs to one of the sites; None: to any."""
    return True if sites is None else column.in_(sites)


def require_existing(
    db: Session, field: str, column: InstrumentedAttribute[str], keys: Iterable[str], *where: Any
) -> None:
    """Raise Invalid for the field if the column lacks one of the keys."""
    required = set(keys)
    if not required:
        return
    missing = required - set(db.scalars(select(column).where(column.in_(required), *where)))
    if missing:
        raise Invalid.of(field, f"unknown at this site: {', '.join(sorted(missing))}")
