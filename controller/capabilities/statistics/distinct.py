"""Counts the people who came in several months, each once if it is still known who they were."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.models import Visitor, VisitorPast
from controller.capabilities.statistics.scope import Scope
from controller.capabilities.statistics.visitors import by_public


@dataclass(frozen=True, slots=True)
class Visitors:
    """The number of people who came in some months."""

    people: int
    by_public: Mapping[str, int]
    is_distinct: bool
    """Whether each person counts once; otherwise once in each month."""


def visitors(db: Session, scopes: Sequence[Scope]) -> list[Visitors]:
    """Count the visitors of each scope.

    If some month of any scope is no longer known by person, all scopes count people once per month,
    so that the numbers can be compared.
    """
    several = any(scope.first != scope.last for scope in scopes)
    if several and not any(_is_past(db, scope) for scope in scopes):
        return [_distinct(db, scope) for scope in scopes]
    return [_by_month(db, scope, is_distinct=not several) for scope in scopes]


def _is_past(db: Session, scope: Scope) -> bool:
    row = select(VisitorPast.month).where(*_within(VisitorPast, scope)).limit(1)
    return db.scalar(row) is not None


def _within(model: type[Visitor | VisitorPast], scope: Scope) -> tuple[ColumnElement[bool], ...]:
    in_time = (model.month >= scope.first, model.month <= scope.last)
    return (model.site_id == scope.site_id, *in_time)


def _distinct(db: Session, scope: Scope) -> Visitors:
    people_count, conditions = func.count(Visitor.ref.distinct()), _within(Visitor, scope)
    rows = db.execute(
        select(Visitor.public, people_count).where(*conditions).group_by(Visitor.public)
    )
    publics = {public: int(n) for public, n in rows}
    return Visitors(
        db.scalar(select(people_count).where(*conditions)) or 0, publics, is_distinct=True
    )


def _by_month(db: Session, scope: Scope, *, is_distinct: bool) -> Visitors:
    publics: Counter[str] = Counter()
    for of_month in by_public(db, scope.site_id, scope.first, scope.last).values():
        publics.update(of_month)
    return Visitors(publics.total(), publics, is_distinct)
