"""The part of the policy that comes from badges: rows of holders and cards, by holder key."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.badges.key_mapping import KEY_MAPPING
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow, MemberSite
from controller.capabilities.members.network import known_at
from controller.capabilities.members.policy import member_fields, of_member, where_known
from controller.domain.facts import Holder
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, FactKind, Fields, Invalidation, Keys, key_condition
from controller.wire.rows import CardRow


def badges_of(
    db: Session, owner: InstrumentedAttribute[str | None], keys: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield owner, holder key and fields of the badges of these owners, newest last."""
    row = CredentialRow.__table__.c
    columns = select(
        owner.label("owner"),
        row.holder_key,
        row.kind,
        row.status,
        row.valid_from,
        row.valid_until,
        row.assurance,
    )
    for record in db.execute(columns.where(owner.in_(keys)).order_by(row.id)):
        yield (
            record.owner,
            record.holder_key,
            {
                "kind": record.kind,
                "status": record.status,
                "valid_from": record.valid_from,
                "valid_until": record.valid_until,
                "assurance": record.assurance,
            },
        )


def _all_member_ids(site_id: str) -> Select[str]:
    return select(MemberRow.id).where(known_at([site_id]))


def _cards_of(db: Session, members: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield member, holder key and fields of each of their badges that has keys."""
    row = CredentialRow.__table__.c
    columns = select(
        row.member_id, row.holder_key, row.card_kind, row.card_level, row.card_key
    ).where(row.member_id.in_(members), row.card_kind.is_not(None))
    for record in db.execute(columns.order_by(row.id)):
        fields = {"kind": record.card_kind, "assurance": record.card_level, "key": record.card_key}
        yield record.member_id, record.holder_key, fields


def _members_with_cards(db: Session, site_id: str, members: Keys, _now: Utc) -> Fields:
    """Return the members who are known at the site and have a card with keys."""
    return {member: {} for member in db.scalars(_every_card(site_id, members))}


def _every_card(site_id: str, members: Keys = None) -> Select[str]:
    has_card_with_keys = exists().where(
        CredentialRow.member_id == MemberRow.id, CredentialRow.card_kind.is_not(None)
    )
    return select(MemberRow.id).where(
        known_at([site_id]), key_condition(MemberRow.id, members), has_card_with_keys
    )


def _cards_where_known(db: Session, members: list[str]) -> Iterator[Invalidation]:
    """Yield invalidations of these members' cards at every site that knows the member."""
    members_with_cards = select(CredentialRow.member_id).where(
        CredentialRow.member_id.in_(members), CredentialRow.card_kind.is_not(None)
    )
    for invalidation in where_known(db, list(db.scalars(members_with_cards.distinct()))):
        yield Invalidation("card", invalidation.key, invalidation.site)


FACTS = Contributor(
    rows=(
        FactKind(
            kind="card",
            read=_members_with_cards,
            value=CardRow,
            expand=_cards_of,
            site_keys=_every_card,
        ),
        FactKind(
            kind="member",
            read=member_fields,
            value=Holder,
            table="holder",
            expand=lambda db, members: badges_of(db, CredentialRow.member_id, members),
            site_keys=_all_member_ids,
        ),
    ),
    watches={
        CredentialRow: lambda row: of_member(row) if row.member_id else (),
        MemberSite: lambda row: (Invalidation("card", row.member_id, row.site_id),),
    },
    removes={CredentialRow: lambda row: (("holder", row.holder_key), ("card", row.holder_key))},
    dependents={"member": _cards_where_known},
    key_mapping=KEY_MAPPING,
)
