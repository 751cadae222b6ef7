"""Counts the people who came in several months, each once as long as the rows name people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.funder import Sums, parts_of
from controller.capabilities.statistics.models import Visitor, VisitorPast
from controller.capabilities.statistics.scope import Scope
from controller.capabilities.statistics.shapes import Figure


@dataclass(frozen=True, slots=True)
class Visitors:
    """The number of people who came in some months."""

    people: int
    by_public: Mapping[str, int]
    is_distinct: bool
    """Whether each person counts once; otherwise once in each month."""


def visitors(db: Session, scopes: Sequence[Scope], sums: Sums) -> list[Visitors]:
    """Count the visitors of each scope; `sums`: of at least all their months.

    If the people of any month have become mere numbers, all scopes count people once per month, so
    that the numbers can be compared.
    """
    several = any(scope.first != scope.last for scope in scopes)
    if several and not any(_has_only_numbers(db, scope) for scope in scopes):
        return [_distinct(db, scope) for scope in scopes]
    return [_by_month(sums, scope, is_distinct=not several) for scope in scopes]


def _has_only_numbers(db: Session, scope: Scope) -> bool:
    """Return whether only numbers of visitors are left of some month."""
    row = select(VisitorPast.month).where(*_conditions(VisitorPast, scope)).limit(1)
    return db.scalar(row) is not None


def _conditions(
    model: type[Visitor | VisitorPast], scope: Scope
) -> tuple[ColumnElement[bool], ...]:
    in_time = (model.month >= scope.first, model.month <= scope.last)
    return (model.site_id == scope.site_id, *in_time)


def _distinct(db: Session, scope: Scope) -> Visitors:
    people_count, conditions = func.count(Visitor.ref.distinct()), _conditions(Visitor, scope)
    rows = db.execute(
        select(Visitor.public, people_count).where(*conditions).group_by(Visitor.public)
    )
    publics = {public: int(n) for public, n in rows}
    return Visitors(
        db.scalar(select(people_count).where(*conditions)) or 0, publics, is_distinct=True
    )


def _by_month(sums: Sums, scope: Scope, *, is_distinct: bool) -> Visitors:
    publics = parts_of(sums, Figure.PUBLIC_VISITORS, scope.months)
    return Visitors(publics.total(), publics, is_distinct)
