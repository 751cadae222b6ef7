"""The part of the policy that comes from groups: their badges, and open supervision windows."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.policy import badges_of
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import CredentialKind, HeldCertification, Holder, Level, Window
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.kernel.facts import (
    Contributor,
    FactKind,
    Fields,
    Invalidation,
    Keys,
    at_its_site,
    key_condition,
)


def _groups(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    """Return the groups as holders, with the certifications that are valid at the site."""
    certifications = select(CertificationRow.id).where(counts_at(CertificationRow, [site_id]))
    valid_here = set(db.scalars(certifications))
    group = GroupRow.__table__.c
    columns = select(
        group.id, group.ref, group.headcount, group.accompanied, group.ends_at, SiteRow.language
    ).join(SiteRow, SiteRow.id == group.site_id)
    return {
        row.id: {
            "member": MemberRef(row.ref),
            "kind": CredentialKind.GROUP,
            "headcount": row.headcount,
            "valid_from": None,
            "valid_until": row.ends_at,
            "certifications": tuple(
                HeldCertification(certification=certification_id, level=Level.ACCOMPANIED)
                for certification_id in row.accompanied
                if certification_id in valid_here
            ),
            "language": row.language,
        }
        for row in db.execute(
            columns.where(group.site_id == site_id, key_condition(GroupRow.id, keys))
        )
    }


def _all_ids(site_id: str) -> Select[str]:
    return select(GroupRow.id).where(GroupRow.site_id == site_id)


def _windows(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    """Return the open windows, except those with only a reported closing."""
    columns = select(
        WindowRow.id, WindowRow.zone_id, WindowRow.supervisor, WindowRow.opened_at, WindowRow.until
    )
    is_open = (
        WindowRow.site_id == site_id,
        key_condition(WindowRow.id, keys),
        WindowRow.opened_at.is_not(None),
        WindowRow.until.is_not(None),
        WindowRow.closed_at.is_(None),
        WindowRow.supervisor.is_not(None),
    )
    return {
        row.id: {
            "zone": row.zone_id,
            "supervisor": MemberRef(row.supervisor),
            "opened_at": row.opened_at,
            "until": row.until,
        }
        for row in db.execute(columns.where(*is_open))
    }


def _note_badge(row: CredentialRow) -> Iterator[Invalidation]:
    if row.group_id:
        yield Invalidation("group", row.group_id)


def _note_certification(row: CertificationRow) -> Iterator[Invalidation]:
    """Invalidate all groups if the certification's scope changed."""
    if inspect(row).attrs.scope.history.deleted:
        yield Invalidation("all_groups", row.id)


def _note_site(row: SiteRow) -> Iterator[Invalidation]:
    """Invalidate all groups if the site's language changed, in which displays address them."""
    if inspect(row).attrs.language.history.deleted:
        yield Invalidation("all_groups", row.id, row.id)


def _invalidations_by_site(db: Session, groups: list[str]) -> Iterable[Invalidation]:
    rows = db.execute(select(GroupRow.id, GroupRow.site_id).where(GroupRow.id.in_(groups)))
    return (Invalidation("group", group, site) for group, site in rows)


def _invalidate_all(db: Session, site_id: str, _causes: list[str]) -> Iterable[Invalidation]:
    current_groups = _all_ids(site_id).where(GroupRow.ended_at.is_(None))
    return (Invalidation("group", group) for group in db.scalars(current_groups))


FACTS = Contributor(
    rows=(
        FactKind(
            kind="group",
            read=_groups,
            value=Holder,
            table="holder",
            expand=lambda db, groups: badges_of(db, CredentialRow.group_id, groups),
            site_keys=_all_ids,
        ),
        FactKind(kind="window", read=_windows, value=Window),
    ),
    watches={
        GroupRow: at_its_site("group"),
        WindowRow: at_its_site("window"),
        CredentialRow: _note_badge,
        CertificationRow: _note_certification,
        SiteRow: _note_site,
    },
    dependents={"group": _invalidations_by_site},
    site_dependents={"all_groups": _invalidate_all},
)
