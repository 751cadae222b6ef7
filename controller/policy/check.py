"""Compiles the whole policy again and compares it with the stored rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.policy.compile import compile_all
from controller.policy.invalidation import facts_of_house
from controller.policy.models import PolicyRow, PolicySite
from controller.wire.codec import encode
from controller.wire.digest import PolicyDigest


@dataclass(frozen=True, slots=True)
class Difference:
    """A row, or a site's counter (table `head`), that differs from the facts."""

    site_id: str
    table: str
    key: str
    problem: str

    def text(self) -> str:
        """Return the message for administrators."""
        return f"policy of {self.site_id}: {self.table} {self.key}: {self.problem}"


def check_policy(db: Session, now: Utc) -> list[Difference]:
    """Return all differences; if there are none, every up-to-date agent enforces the current
    facts."""
    sites = db.scalars(select(PolicySite.site_id).order_by(PolicySite.site_id)).all()
    return [difference for site in sites for difference in _check_site(db, site, now)]


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
    for fact_kind in facts_of_house(db).rows.values():
        table = fact_kind.table or fact_kind.kind
        for key, value in compile_all(db, fact_kind, site, now):
            stored_value = stored.pop((table, key), None)
            if stored_value != encode(value):
                yield Difference(site, table, key, "missing" if stored_value is None else "differs")
    for name in stored:
        yield Difference(site, *name, "should be gone")
    counter = db.get_one(PolicySite, site, populate_existing=True)
    if (counter.digest, counter.holders) != (digest.text, holders):
        yield Difference(site, "head", site, "digest or number of holders differs")
