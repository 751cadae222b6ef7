"""Organisations: associations, companies, schools and public bodies for which members work."""

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.changes import PaidUseExtension, PayerChange
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.organisations.shapes import (
    NewOrganisation,
    Organisation,
    OrganisationFields,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.mapping import to_shape, write
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, require_version, resolve_site, visible
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.RULES_READ, Permission.MEMBERS_WRITE


def create(db: Session, new: NewOrganisation, *, actor: Actor, now: Utc) -> Organisation:
    """Create an organisation. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, _WRITE, new.site_id)
    row = OrganisationRow(id=uuid7(), site_id=site_id, created_at=now)
    write(row, new, OrganisationFields)
    db.add(row)
    return _record(db, row, "organisation_created", actor, now)


def get(db: Session, organisation_id: str, *, actor: Actor) -> Organisation:
    """Return one organisation. Raises NotFound."""
    return shape(_row(db, organisation_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Organisation]:
    """Return a page of the actor's sites' organisations."""
    statement = select(OrganisationRow).where(at_sites(OrganisationRow.site_id, actor.sites(_READ)))
    key = OrganisationRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, organisation_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Organisation:
    """Apply a merge patch. The desk may make an organisation inactive.

    Changing its name or making it active again needs `money:write`, since statements are addressed
    to it. Raises Invalid, Stale, NotFound, Forbidden.
    """
    row = _row(db, organisation_id, actor)
    actor.require(_WRITE, row.site_id)
    require_version(row, version)
    old = shape(row)
    new = merge(old, patch, OrganisationFields)
    if new.name != old.name or new.active > old.active:
        actor.require(Permission.MONEY_WRITE, row.site_id)
    if new.active > old.active:
        react(db, PaidUseExtension(actor=actor, organisation_id=row.id))
    write(row, new, OrganisationFields)
    changed = _record(db, row, "organisation_changed", actor, now)
    if new.active is not old.active:
        react(db, PayerChange(organisation_id=row.id, actor=actor, now=now))
    return changed


def _row(db: Session, key: str, actor: Actor) -> OrganisationRow:
    return visible(db, OrganisationRow, key, "organisation", actor, _READ)


def _record(db: Session, row: OrganisationRow, action: str, actor: Actor, now: Utc) -> Organisation:
    db.flush()
    audit.record(db, actor, now, action, f"organisation:{row.id}", row.site_id)
    return shape(row)


def shape(row: OrganisationRow) -> Organisation:
    """Return the row for the API."""
    return to_shape(row, Organisation)


# Reads all names of a site: there are hundreds, not a hundred thousand.

MAX_SEARCH_CHARACTERS = 80
"""How many characters of a search are used."""
Named = type[OrganisationRow] | type[ProjectRow]
"""A table whose rows have a name."""


def name_condition(
    db: Session, model: Named, search: str, cursor: Cursor, *where: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a name contains each of these words, ignoring case and accents.

    It matches at most one row more than the page needs.
    """
    names = select(model.id, model.name).where(*where).order_by(model.id)
    if cursor.after is not None:
        names = names.where(model.id > cursor.after)
    rows = ((row.id, row.name) for row in db.execute(names))
    return model.id.in_(list(islice(_matching_ids(rows, search), cursor.limit + 1)))


def _matching_ids(rows: Iterator[tuple[str, Mapping[str, Any]]], search: str) -> Iterator[str]:
    words = plain(search[:MAX_SEARCH_CHARACTERS]).split()
    for key, name in rows:
        text = plain(" ".join(filter(None, name.values())))
        if all(word in text for word in words):
            yield key


def plain(text: str) -> str:
    """Return the text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
