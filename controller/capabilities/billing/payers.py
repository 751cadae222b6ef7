"""Who pays for a use: the organisation on whose behalf it was, else the project, else the
member."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.shapes import Payer, PayerKind
from controller.capabilities.members import memberships
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel import corrections
from controller.kernel.actor import Actor
from controller.kernel.names import names_of


@dataclass(frozen=True, slots=True, order=True)
class PayerKey:
    """A payer; as text in URLs it is `member:ID`, or `counter`."""

    kind: PayerKind
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @classmethod
    def of(cls, row: Any) -> "PayerKey":
        """Return the payer of a row with the columns of `columns`."""
        if row.organisation_id:
            return cls(PayerKind.ORGANISATION, row.organisation_id)
        if row.project_id:
            return cls(PayerKind.PROJECT, row.project_id)
        if row.member_id:
            return cls(PayerKind.MEMBER, row.member_id)
        return ERASED_PAYER if row.erased else COUNTER

    @classmethod
    def parse(cls, text: str) -> "PayerKey | None":
        """Parse the text form; None: it is not one."""
        kind, _, key = text.partition(":")
        if kind not in PayerKind._value2member_map_:
            return None
        return cls(PayerKind(kind), key)

    @property
    def member_id(self) -> str | None:
        """The id, if the payer is a member."""
        return self.id if self.kind is PayerKind.MEMBER else None

    @property
    def organisation_id(self) -> str | None:
        """The id, if the payer is an organisation."""
        return self.id if self.kind is PayerKind.ORGANISATION else None

    @property
    def project_id(self) -> str | None:
        """The id, if the payer is a project that no organisation owns."""
        return self.id if self.kind is PayerKind.PROJECT else None


COUNTER = PayerKey(PayerKind.COUNTER)
"""The payer of sales to unnamed customers at the counter."""
ERASED_PAYER = PayerKey(PayerKind.ERASED)
"""The payer that stands for all erased members."""


def columns(model: Any) -> tuple[Any, ...]:
    """Return the columns from which `PayerKey.of` finds the payer."""
    return model.organisation_id, model.project_id, model.member_id, model.erased


def pays(model: Any, payer: PayerKey) -> ColumnElement[bool]:
    """SQL condition: this payer has to pay the row."""
    organisation, project, member = model.organisation_id, model.project_id, model.member_id
    match payer.kind:
        case PayerKind.ORGANISATION:
            condition = organisation == payer.id
        case PayerKind.PROJECT:
            condition = organisation.is_(None) & (project == payer.id)
        case PayerKind.MEMBER:
            condition = organisation.is_(None) & project.is_(None) & (member == payer.id)
        case PayerKind.COUNTER | PayerKind.ERASED:
            nobody = organisation.is_(None) & project.is_(None) & member.is_(None)
            condition = nobody & model.erased.is_(payer.kind is PayerKind.ERASED)
    return condition  # type: ignore[no-any-return]


def check_not_own(db: Session, site_id: str, month: str, payer: PayerKey, *, actor: Actor) -> None:
    """Raise Forbidden if the bill concerns the actor personally.

    That is an actor who owes it, who belongs to the organisation or project that owes it, or whose
    own use is on it.
    """
    to = OnBehalf(organisation_id=payer.organisation_id, project_id=payer.project_id)
    memberships.check_not_own(db, actor, payer.member_id, to)
    is_on_bill = (ChargeRow.site_id == site_id, ChargeRow.month == month, pays(ChargeRow, payer))
    own_use = (
        select(ChargeRow.id).where(*is_on_bill, ChargeRow.member_id.in_(actor.own_members)).limit(1)
    )
    if actor.own_members and db.scalar(own_use) is not None:
        text = "somebody else decides: what you used is on that bill"
        raise corrections.refuse_own(actor, text)


def shapes(db: Session, keys: Collection[PayerKey]) -> dict[PayerKey, Payer]:
    """Return the payers with their names, in the API's form."""
    names_by_key: dict[PayerKey, dict[str, str]] = {}
    for kind, model in ((PayerKind.ORGANISATION, OrganisationRow), (PayerKind.PROJECT, ProjectRow)):
        if ids := {key.id for key in keys if key.kind is kind}:
            rows = db.execute(select(model.id, model.name).where(model.id.in_(ids)))
            names_by_key |= {PayerKey(kind, row.id): row.name for row in rows}
    people = {f"member:{key.id}": key for key in keys if key.kind is PayerKind.MEMBER}
    if people:
        names = names_of(db, people)
        names_by_key |= {key: {"fr": names[ref]} for ref, key in people.items() if ref in names}
    return {
        key: Payer(kind=key.kind, id=key.id or None, name=names_by_key.get(key, {})) for key in keys
    }


def names_besides_members(db: Session) -> list[str]:
    """Return the names of all organisations and projects, in each language that differs."""
    labels = [
        label for model in (OrganisationRow, ProjectRow) for label in db.scalars(select(model.name))
    ]
    return [name for label in labels for name in {*label.values()}]
