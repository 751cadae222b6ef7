"""The open dataset about the place and its services, by *standard-mediation-num* 1.0.2."""

from itertools import groupby

from controller.capabilities.opendata.tables import Dataset, Table, TableScope
from controller.capabilities.places.models import ScheduleRow
from controller.domain.facts import Schedule
from controller.domain.locale.catalogue import N_
from controller.policy.reading import from_json

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SUMMARY = 280
"""Maximum length of the summary."""


def collect(scope: TableScope) -> Table:
    """Return the single row about the site."""
    about = scope.about
    hours = opening_hours(scope)
    row = DATASET.row(
        id=scope.site.id,
        pivot=about.siret,
        nom=scope.site_name,
        commune=about.town,
        code_postal=about.postcode,
        code_insee=about.insee or None,
        adresse=about.street,
        typologie="TIERS_LIEUX",
        courriels=about.email or None,
        horaires=hours or None,
        presentation_resume=_summary(scope),
        source=about.publisher or scope.site_name,
        itinerance="Fixe",
        structure_parente=about.publisher or None,
        date_maj=scope.today.isoformat(),
        services="|".join(about.services) or None,
        modalites_acces="Se présenter",
    )
    return Table([row])


def _summary(scope: TableScope) -> str:
    town = f", {scope.about.town}" if scope.about.town else ""
    return f"{scope.site_name}{town} : tiers-lieu, atelier partagé et médiation numérique."[
        :_SUMMARY
    ]


def opening_hours(scope: TableScope) -> str:
    """Return the weekly hours in OpenStreetMap format: `Mo-Fr 09:00-19:00; Sa 09:00-18:00`."""
    row = scope.db.get(ScheduleRow, scope.site.opening) if scope.site.opening else None
    if row is None:
        return ""
    hours = from_json(row.data, Schedule)
    days = [_spans_text(hours, weekday) for weekday in range(7)]
    parts = []
    for spans, run in groupby(range(7), key=days.__getitem__):
        alike = list(run)
        if spans:
            first, last = _DAYS[alike[0]], _DAYS[alike[-1]]
            parts.append(f"{first}-{last} {spans}" if first != last else f"{first} {spans}")
    return "; ".join(parts)


def _spans_text(hours: Schedule, weekday: int) -> str:
    windows = sorted(window.start for window in hours.weekly if window.weekday == weekday)
    ends = {window.start: window.end for window in hours.weekly if window.weekday == weekday}
    return ",".join(f"{start:%H:%M}-{_end_text(ends[start])}" for start in windows)


def _end_text(end: object) -> str:
    clock = f"{end:%H:%M}"
    return "24:00" if clock == "00:00" else clock


DATASET = Dataset(
    id="lieu",
    name=N_("The place and its services"),
    description=N_(
        "Address, hours and services, in the national format for digital inclusion places."
    ),
    collect=collect,
    national="standard-mediation-num-1.0.2",
    monthly=False,
    ready=lambda about: about.is_located,
)
