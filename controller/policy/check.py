"""Compile the whole policy again and compare it with the stored rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.places.models import ScheduleRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow
from controller.domain.time import Utc
from controller.policy.compile import compile_table
from controller.policy.group_holders import compile_groups
from controller.policy.holders import compile_holders
from controller.policy.models import PolicyRow, PolicySite
from controller.policy.reading import chunks
from controller.wire.codec import encode
from controller.wire.digest import PolicyDigest

_MODELS = (
    ("zone", ZoneRow),
    ("plan", PlanRow),
    ("schedule", ScheduleRow),
    ("point", AccessPointRow),
    ("window", WindowRow),
    ("booking", BookingRow),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row, or a site's counter (table `head`), that is not what the facts say."""

    site_id: str
    table: str
    key: str
    what: str


def check_policy(db: Session, now: Utc) -> list[Difference]:
    """All differences; none means that every agent in step enforces the present facts."""
    sites = db.scalars(select(PolicySite.site_id).order_by(PolicySite.site_id)).all()
    return [each for site in sites for each in _check_site(db, site, now)]


def _check_site(db: Session, site: str, now: Utc) -> Iterator[Difference]:
    stored: dict[tuple[str, str], bytes] = {}
    digest, holders = PolicyDigest(), 0
    columns = PolicyRow.__table__.c
    for row in db.execute(
        select(columns.table, columns.key, columns.version, columns.value).where(
            columns.site_id == site
        )
    ):
        digest.add(row.table, row.key, row.version)
        if row.value is not None:
            stored[row.table, row.key] = row.value
            holders += row.table == "holder"
    for name, value in _expected(db, site, now):
        found = stored.pop(name, None)
        if found != value:
            yield Difference(site, *name, "missing" if found is None else "differs")
    for name in stored:
        yield Difference(site, *name, "should be gone")
    counter = db.get_one(PolicySite, site, populate_existing=True)
    if (counter.digest, counter.holders) != (digest.text, holders):
        yield Difference(site, "head", site, "digest or number of holders differs")


def _expected(db: Session, site: str, now: Utc) -> Iterator[tuple[tuple[str, str], bytes]]:
    wanted = [("site", [site]), ("certification", list(db.scalars(select(CertificationRow.id))))]
    wanted += [
        (table, list(db.scalars(select(model.id).where(model.site_id == site))))
        for table, model in _MODELS
    ]
    for table, keys in wanted:
        for some in chunks(keys):
            for key, value in compile_table(db, site, table, some).items():
                yield (table, key), encode(value)
    for members in chunks(db.scalars(select(MemberRow.id).where(known_at([site])))):
        for key, holder in compile_holders(db, site, members, now).items():
            yield ("holder", key), encode(holder)
    for groups in chunks(db.scalars(select(GroupRow.id).where(GroupRow.site_id == site))):
        for key, holder in compile_groups(db, site, groups).items():
            yield ("holder", key), encode(holder)
