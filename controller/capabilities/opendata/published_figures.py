"""A month's figures as published in open data, for comparison with the exact ones."""

from sqlalchemy.orm import Session

from controller.capabilities.opendata import indicators, publication
from controller.domain.time import Utc
from controller.kernel.actor import Actor

HOURS, SESSIONS = "Heures de travail des machines", "Séances tenues"
AT_SESSIONS, CERTIFIED = "Personnes venues aux séances", "Personnes habilitées"
FIGURES = (HOURS, SESSIONS, AT_SESSIONS, CERTIFIED)


def figures_by_indicator(
    db: Session, site_id: str, month: str, *, actor: Actor, now: Utc, access_days: int
) -> dict[str, int | None]:
    """Return published values by indicator; None: withheld or not measured. Raises Forbidden.

    `access_days`: for how many days personal access data is stored.
    """
    actor.require(publication.WRITE, site_id)
    table = indicators.collect(publication.table_scope(db, site_id, now, month, access_days))
    header = indicators.DATASET.header
    name_at, value_at = header.index("indicateur"), header.index("valeur")
    values = {str(row[name_at]): row[value_at] for row in table.rows}
    return {figure: _number(values.get(figure)) for figure in FIGURES}


def _number(cell: object) -> int | None:
    return cell if isinstance(cell, int) else None
