"""The open dataset of monthly indicators, by *schema-impact-service-public-numerique* 0.5.0."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import Category
from controller.capabilities.opendata import courses_held
from controller.capabilities.opendata.courses_held import HeldSession
from controller.capabilities.opendata.tables import Dataset, Row, Table, TableScope
from controller.capabilities.statistics import course_figures
from controller.capabilities.statistics.scope import Scope
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.disclosure.suppression import THRESHOLD, Sum, cells_to_withhold
from controller.domain.locale.catalogue import N_

PUBLICS = {
    Category.INHABITANT: "habitants",
    Category.ASSOCIATION: "associations",
    Category.PUBLIC_SERVANT: "agents publics",
    Category.ENTREPRENEUR: "entreprises",
    Category.STUDENT: "étudiants",
    Category.MINOR: "mineurs",
    Category.GUEST: "invités",
}
SEVERAL, UNSAID, ALL = "plusieurs publics", "public non dit", ""
"""Keys for people in several categories, for those without one, and for everybody."""
USERS = "Usagers distincts des machines"


def collect(at: TableScope) -> Table:
    """Return the indicators of a site for a month."""
    sessions = courses_held.held_sessions(at)
    rows, hidden = list(_other_indicators(at, sessions)), 0
    for name, count in _people(at, sessions):
        if count is None or count < THRESHOLD:
            hidden += 1
        else:
            rows.append(_row(at, name, count))
    counts = users(at)
    hides = (
        cells_to_withhold(counts, [Sum(ALL, [key for key in counts if key != ALL])])
        if counts
        else ()
    )
    rows += [
        _row(at, f"{USERS} : {key}" if key else USERS, count)
        for key, count in counts.items()
        if key not in hides
    ]
    return Table(rows, hidden + len(hides))


def _other_indicators(at: TableScope, sessions: Sequence[HeldSession]) -> Iterator[Row]:
    """Yield the indicators that do not count people."""
    active = select(func.sum(UsageDay.active_ms)).where(
        UsageDay.site_id == at.site.id, UsageDay.day >= at.first, UsageDay.day <= at.last
    )
    hours = round(int(at.db.scalar(active) or 0) / 3_600_000)
    yield _row(at, "Heures de travail des machines", hours, "heure")
    yield _row(at, "Séances tenues", len(sessions))


def _people(at: TableScope, sessions: Sequence[HeldSession]) -> Iterator[tuple[str, int | None]]:
    if sessions:
        yield "Personnes venues aux séances", courses_held.attendance_total(sessions)
    scope = Scope(site_id=at.site.id, zone=at.zone, first=at.month, last=at.month, now=at.now)
    certified_count = sum(
        row.amount
        for row in course_figures.given_certifications(at.db, scope)
        if row.figure is Figure.CERTIFIED
    )
    if certified_count:
        yield "Personnes habilitées", certified_count


def users(at: TableScope) -> dict[str, int]:
    """Count the people who used a machine in the month, by category and in total.

    Empty if retention has already separated the month's sessions from people.
    """
    start, end = at.span
    if start < at.now - timedelta(days=at.access_days):
        return {}
    used = select(SessionRow.member_ref).where(
        SessionRow.site_id == at.site.id,
        SessionRow.started_at >= start,
        SessionRow.started_at < end,
        SessionRow.member_ref.is_not(None),
    )
    publics = at.db.scalars(select(MemberRow.categories).where(MemberRow.ref.in_(used)))
    counts = Counter(map(public_of, publics))
    by_public = {key: counts.get(key, 0) for key in (*PUBLICS.values(), SEVERAL, UNSAID)}
    return {**by_public, ALL: counts.total()} if counts else {}


def public_of(categories: list[str]) -> str:
    """Return the single category under which a person is counted."""
    if len(categories) > 1:
        return SEVERAL
    category_key = PUBLICS.get(Category(categories[0])) if set(categories) & set(Category) else None
    return category_key or UNSAID


def _row(at: TableScope, name: str, value: int, unit: str = "unité") -> Row:
    return DATASET.row(
        administration_rattachement=at.about.publisher or at.site_name,
        nom_service_public_numerique=at.site_name,
        indicateur=name,
        valeur=value,
        unite_mesure=unit,
        est_cible=False,
        type_indicateur="usage",
        frequence_monitoring="mensuelle",
        date=at.last.isoformat(),
        est_periode=True,
        date_debut=at.first.isoformat(),
        est_automatise=True,
        source_collecte="script",
        denom_insee="COM" if at.about.insee else None,
        code_insee=at.about.insee or None,
        dataviz_wish="linechart",
    )


DATASET = Dataset(
    id="indicateurs",
    name=N_("Indicators of the service"),
    description=N_(
        "Users, hours, sessions, people certified: in the same terms as other digital public "
        "services."
    ),
    withheld_reasons=(
        (
            N_("A number under eleven people"),
            N_(
                "Somebody could be identified. Another cell is withheld too, otherwise the first "
                "could be worked out by subtraction."
            ),
        ),
    ),
    collect=collect,
    national="schema-impact-service-public-numerique-0.5.0",
)
