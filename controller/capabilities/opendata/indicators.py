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


def collect(scope: TableScope) -> Table:
    """Return the indicators of a site for a month."""
    sessions = courses_held.held_sessions(scope)
    rows, hidden = list(_other_indicators(scope, sessions)), 0
    for name, count in _people(scope, sessions):
        if count is None or count < THRESHOLD:
            hidden += 1
        else:
            rows.append(_row(scope, name, count))
    counts = users(scope)
    withheld_keys = (
        cells_to_withhold(counts, [Sum(ALL, [key for key in counts if key != ALL])])
        if counts
        else ()
    )
    rows += [
        _row(scope, f"{USERS} : {key}" if key else USERS, count)
        for key, count in counts.items()
        if key not in withheld_keys
    ]
    return Table(rows, hidden + len(withheld_keys))


def _other_indicators(scope: TableScope, sessions: Sequence[HeldSession]) -> Iterator[Row]:
    """Yield the indicators that do not count people."""
    active = select(func.sum(UsageDay.active_ms)).where(
        UsageDay.site_id == scope.site.id, UsageDay.day >= scope.first, UsageDay.day <= scope.last
    )
    hours = round(int(scope.db.scalar(active) or 0) / 3_600_000)
    yield _row(scope, "Heures de travail des machines", hours, "heure")
    yield _row(scope, "Séances tenues", len(sessions))


def _people(scope: TableScope, sessions: Sequence[HeldSession]) -> Iterator[tuple[str, int | None]]:
    if sessions:
        yield "Personnes venues aux séances", courses_held.attendance_total(sessions)
    month_scope = Scope(
        site_id=scope.site.id, zone=scope.zone, first=scope.month, last=scope.month, now=scope.now
    )
    certified_count = sum(
        row.amount
        for row in course_figures.given_certifications(scope.db, month_scope)
        if row.figure is Figure.CERTIFIED
    )
    if certified_count:
        yield "Personnes habilitées", certified_count


def users(scope: TableScope) -> dict[str, int]:
    """Count the people who used a machine in the month, by category and in total.

    Empty if retention has already separated the month's sessions from people.
    """
    start, end = scope.span
    if start < scope.now - timedelta(days=scope.access_days):
        return {}
    used = select(SessionRow.member_ref).where(
        SessionRow.site_id == scope.site.id,
        SessionRow.started_at >= start,
        SessionRow.started_at < end,
        SessionRow.member_ref.is_not(None),
    )
    publics = scope.db.scalars(select(MemberRow.categories).where(MemberRow.ref.in_(used)))
    counts = Counter(map(public_of, publics))
    by_public = {key: counts.get(key, 0) for key in (*PUBLICS.values(), SEVERAL, UNSAID)}
    return {**by_public, ALL: counts.total()} if counts else {}


def public_of(categories: list[str]) -> str:
    """Return the single category under which a person is counted."""
    if len(categories) > 1:
        return SEVERAL
    category_key = PUBLICS.get(Category(categories[0])) if set(categories) & set(Category) else None
    return category_key or UNSAID


def _row(scope: TableScope, name: str, value: int, unit: str = "unité") -> Row:
    return DATASET.row(
        administration_rattachement=scope.about.publisher or scope.site_name,
        nom_service_public_numerique=scope.site_name,
        indicateur=name,
        valeur=value,
        unite_mesure=unit,
        est_cible=False,
        type_indicateur="usage",
        frequence_monitoring="mensuelle",
        date=scope.last.isoformat(),
        est_periode=True,
        date_debut=scope.first.isoformat(),
        est_automatise=True,
        source_collecte="script",
        denom_insee="COM" if scope.about.insee else None,
        code_insee=scope.about.insee or None,
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
