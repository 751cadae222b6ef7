"""What badges mean to agents: a holder for each, found by the HMAC of the badge's number."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.members.policy import of_member, people
from controller.domain.facts import Holder
from controller.kernel.facts import Contributor, Rows


def badges_of(
    db: Session, owner: InstrumentedAttribute[str | None], keys: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Owner, holder key and fields of the badges that these have, the newest last."""
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
    for each in db.execute(columns.where(owner.in_(keys)).order_by(row.id)):
        yield (
            each.owner,
            each.holder_key,
            {
                "kind": each.kind,
                "status": each.status,
                "valid_from": each.valid_from,
                "valid_until": each.valid_until,
                "assurance": each.assurance,
            },
        )


def _every(site_id: str) -> Select[str]:
    return select(MemberRow.id).where(known_at([site_id]))


FACTS = Contributor(
    rows=(
        Rows(
            kind="member",
            read=people,
            value=Holder,
            table="holder",
            spread=lambda db, members: badges_of(db, CredentialRow.member_id, members),
            every=_every,
        ),
    ),
    watches={CredentialRow: lambda row: of_member(row) if row.member_id else ()},
    removes={CredentialRow: lambda row: ("holder", row.holder_key)},
)
