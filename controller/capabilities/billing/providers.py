"""The provider that issues a site's statements, and the invoicing details of organisations."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.models import InvoicingRow, ProviderRow
from controller.capabilities.billing.parties import (
    Accounts,
    Address,
    Billed,
    Buyer,
    Invoicing,
    InvoicingFields,
    Provider,
    ProviderFields,
    Seller,
)
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.organisations.models import OrganisationRow
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Stale
from controller.kernel.first_use import prepare_for_threads
from controller.kernel.jsontypes import to_json
from controller.kernel.rows import get_or_404, require_readable, visible
from controller.kernel.validate import merge

T = TypeVar("T")
_ADDRESS = Address.__struct_fields__


def get(db: Session, site_id: str, *, actor: Actor) -> Provider:
    """Return the provider of a site; version 0 if none has been set. Raises NotFound."""
    require_readable(actor, MONEY_READ, site_id, "provider", site_id)
    get_or_404(db, SiteRow, site_id, "provider")
    return _provider(site_id, db.get(ProviderRow, site_id))


def change(
    db: Session, site_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Provider:
    """Apply a merge patch. Raises NotFound, Forbidden, Stale, Invalid."""
    old = get(db, site_id, actor=actor)
    actor.require(MONEY_WRITE, site_id)
    _require_version(old.version, version)
    new = merge(old, patch, ProviderFields)
    row = db.get(ProviderRow, site_id) or ProviderRow(site_id=site_id)
    _set_address(row, new)
    row.name, row.vat_number, row.accounts = new.name, new.vat_number, to_json(new.accounts)
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "provider_changed", f"site:{site_id}", site_id)
    return _provider(site_id, row)


def invoicing(db: Session, organisation_id: str, *, actor: Actor) -> Invoicing:
    """Return the billing details of an organisation. Raises NotFound."""
    visible(db, OrganisationRow, organisation_id, "organisation", actor, MONEY_READ)
    return _invoicing(organisation_id, db.get(InvoicingRow, organisation_id))


def without_siret(db: Session, organisations: Collection[str]) -> set[str]:
    """Return those of these organisations whose SIRET is missing."""
    known = select(InvoicingRow.organisation_id).where(
        InvoicingRow.organisation_id.in_(organisations), InvoicingRow.siret.is_not(None)
    )
    return {*organisations} - {*db.scalars(known)}


def change_invoicing(
    db: Session, organisation_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Invoicing:
    """Apply a merge patch. Raises NotFound, Forbidden, Stale, Invalid."""
    kind = "organisation"
    organisation = visible(db, OrganisationRow, organisation_id, kind, actor, MONEY_READ)
    actor.require(MONEY_WRITE, organisation.site_id)
    old = _invoicing(organisation_id, db.get(InvoicingRow, organisation_id))
    _require_version(old.version, version)
    new = merge(old, patch, InvoicingFields)
    row = db.get(InvoicingRow, organisation_id) or InvoicingRow(organisation_id=organisation_id)
    _set_address(row, new)
    row.engagement, row.service, row.email = new.engagement, new.service, new.email
    db.add(row)
    db.flush()
    subject = f"organisation:{organisation_id}"
    audit.record(db, actor, now, "invoicing_changed", subject, organisation.site_id)
    return _invoicing(organisation_id, row)


def accounts(db: Session, site_id: str) -> Accounts:
    """Return the accounts for a site's accounting entries."""
    row = db.get(ProviderRow, site_id)
    return _accounts(row) if row else Accounts()


def seller(db: Session, site_id: str) -> Seller:
    """Return the seller for statements, with the site's current details."""
    row, site = db.get(ProviderRow, site_id), db.get_one(SiteRow, site_id)
    site_name = Name(fr=site.name.get("fr"), en=site.name.get("en")).read(site.language)
    address = {} if row is None else {key: getattr(row, key) for key in _ADDRESS}
    return Seller(
        name=(row.name if row else None) or site_name,
        vat_number=row.vat_number if row else None,
        **address,
    )


def buyer(db: Session, organisation_id: str) -> Buyer:
    """Return an organisation's current billing details."""
    organisation = db.get_one(OrganisationRow, organisation_id)
    row = db.get(InvoicingRow, organisation_id)
    name = organisation.name
    fields = Billed.__struct_fields__
    details = {} if row is None else {key: getattr(row, key) for key in fields}
    return Buyer(name=name.get("fr") or name.get("en") or "", **details)


def decode_frozen(stored: Mapping[str, Any] | None, kind: type[T]) -> T | None:
    """Decode details that were stored when a month was closed; None if there are none."""
    if stored is None:
        return None
    prepare_for_threads(kind)
    return msgspec.convert(stored, kind)


def _accounts(row: ProviderRow) -> Accounts:
    prepare_for_threads(Accounts)
    return msgspec.convert(row.accounts, Accounts)


def _provider(site_id: str, row: ProviderRow | None) -> Provider:
    if row is None:
        return Provider(site_id=site_id, version=0)
    return Provider(
        site_id=site_id,
        name=row.name,
        vat_number=row.vat_number,
        accounts=_accounts(row),
        version=row.row_version,
        **{key: getattr(row, key) for key in _ADDRESS},
    )


def _invoicing(organisation_id: str, row: InvoicingRow | None) -> Invoicing:
    if row is None:
        return Invoicing(organisation_id=organisation_id, version=0)
    return Invoicing(
        organisation_id=organisation_id,
        version=row.row_version,
        **{key: getattr(row, key) for key in InvoicingFields.__struct_fields__},
    )


def _set_address(row: ProviderRow | InvoicingRow, new: Address) -> None:
    for key in _ADDRESS:
        setattr(row, key, getattr(new, key))


def _require_version(current: int, version: int | None) -> None:
    if version is not None and version != current:
        raise Stale("it has changed since; read it again")
