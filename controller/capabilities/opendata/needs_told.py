"""The open dataset of published needs that users reported, with their outcomes."""

from controller.capabilities.opendata.tables import REQUIRED, Column, Dataset, Table, TableScope
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import NeedState
from controller.domain.locale.catalogue import N_

FEWER_THAN_TEXT = f"moins de {needs.PUBLIC_MINIMUM}"
"""Shown instead of a small count."""


def collect(scope: TableScope) -> Table:
    """Return the published needs of a site, as of now."""
    all_needs = needs.published_needs(scope.db, scope.site.id)
    rows = [
        DATASET.row(
            besoin=need.title,
            theme=needs.PILLARS.get(need.theme, need.theme),
            fois=f"{need.times}" if need.times >= needs.PUBLIC_MINIMUM else FEWER_THAN_TEXT,
            etat=need.state.value,
            suite=need.outcome,
        )
        for need in all_needs
    ]
    return Table(rows, sum(need.times < needs.PUBLIC_MINIMUM for need in all_needs))


DATASET = Dataset(
    id="besoins",
    name=N_("Reported needs"),
    description=N_("What people asked for, how often, and what became of it."),
    withheld_reasons=(
        (N_("What people wrote"), N_("The place rewords each need, without a name.")),
        (
            N_("How often, under eleven"),
            N_("Somebody could be identified; the number can’t be worked out from any total."),
        ),
    ),
    collect=collect,
    monthly=False,
    columns=(
        Column("besoin", "Besoin", constraints=REQUIRED),
        Column("theme", "Thème", constraints=REQUIRED),
        Column(
            "fois",
            "Combien de fois il a été dit",
            constraints=REQUIRED | {"pattern": r"moins de 11|[1-9]\d+"},
        ),
        Column(
            "etat", "État", constraints=REQUIRED | {"enum": [state.value for state in NeedState]}
        ),
        Column("suite", "Ce qu’il est devenu"),
    ),
)
