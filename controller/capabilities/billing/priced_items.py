"""Names of everything that can have a price: machines, zones, plans and articles."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import Tariff
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.domain.facts import PointKind

_ALL = tuple(SourceKind)
Names = dict[tuple[SourceKind, str], dict[str, str]]
"""Names in each language, by kind of source and id of the item."""


def names(
    db: Session, site_id: str, versions: Sequence[Tariff], only: Collection[SourceKind] = _ALL
) -> Names:
    """Return the names of all items of the site that can have a price; `only`: of these kinds."""
    item_names: Names = {}
    machines = AccessPointRow.kind == PointKind.MACHINE
    for kinds, model, where in (
        ((SourceKind.SESSION,), AccessPointRow, machines),
        ((SourceKind.BOOKING,), ZoneRow, true()),
        ((SourceKind.PASS, SourceKind.SUBSCRIPTION), PlanRow, true()),
    ):
        if not any(kind in only for kind in kinds):
            continue
        table: Any = model
        rows = db.execute(select(table.id, table.name).where(table.site_id == site_id, where))
        item_names |= {(kind, row.id): row.name for row in rows for kind in kinds}
    for version in versions:
        for rate in version.rates:
            if isinstance(rate, ArticleRate):
                article_name = {"fr": rate.name.fr, "en": rate.name.en}
                item_names[SourceKind.ENTRY, rate.id] = {k: v for k, v in article_name.items() if v}
    return item_names
