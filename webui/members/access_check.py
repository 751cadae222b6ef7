"""The card *Can they use it?*: whether `decide()` grants each machine and door, and what is
missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.capabilities.access.explain import PointDecision, decision_text
from controller.domain.access.decision import DenyReason
from controller.domain.facts import PointKind
from webui.i18n import translator
from webui.members.missing_items import (
    CanRow,
    MissingItem,
    Remedies,
    icon_of_point,
    missing_items,
    name_of_point,
)

NOT_NOW = frozenset(
    {
        DenyReason.POLICY_STALE,
        DenyReason.CLOCK_UNTRUSTED,
        DenyReason.OUTSIDE_PLAN_HOURS,
        DenyReason.SITE_CLOSED,
        DenyReason.OUT_OF_SERVICE,
        DenyReason.FAULT_LATCHED,
        DenyReason.SUPERVISOR_REQUIRED,
        DenyReason.COMPANY_REQUIRED,
        DenyReason.BOOKING_REQUIRED,
        DenyReason.BOOKED_BY_OTHER,
        DenyReason.IN_USE,
        DenyReason.ZONE_FULL,
        DenyReason.INTERLOCK_OPEN,
    }
)
"""Reasons for a denial that pass by themselves: the member has the right, only not at this
moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsablePoints:
    """What the member can use now, can use at another time, and can't use yet."""

    yes: tuple[CanRow, ...]
    later: tuple[CanRow, ...]
    missing: tuple[MissingItem, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the site has nothing to use."""
        return not (self.yes or self.later or self.missing)


def usable_points(decisions: Sequence[PointDecision], ways: Remedies) -> UsablePoints:
    """Sort the decisions into what is granted, what passes by itself, and what is missing.

    Doors come first, then the names in order. What is missing is listed even while the site is
    closed.
    """
    ordered = sorted(
        decisions,
        key=lambda verdict: (verdict.point.kind is not PointKind.DOOR, name_of_point(verdict)),
    )
    granted = [verdict for verdict in ordered if verdict.decision.granted]
    passing = [
        verdict
        for verdict in ordered
        if not verdict.decision.granted and not verdict.missing_rights
    ]
    return UsablePoints(
        yes=_without_common_note([_row(verdict) for verdict in granted]),
        later=tuple(_row(verdict) for verdict in passing),
        missing=missing_items(ordered, ways),
    )


def _without_common_note(rows: Sequence[CanRow]) -> tuple[CanRow, ...]:
    """Remove a note that all rows share, since the sentence above has it."""
    is_common = len(rows) > 1 and len({row.note for row in rows}) == 1
    return tuple(replace(row, note="") if is_common else row for row in rows)


def _row(point_decision: PointDecision) -> CanRow:
    """Return the row of one decision, with what differs from the sentence above."""
    text, decision = decision_text(point_decision, translator()), point_decision.decision
    if decision.granted:
        note = text.lines[-1] if decision.notices else ""
    else:
        note = " ".join((f"{text.title}.", *text.lines[:1]))
    return CanRow(name=name_of_point(point_decision), icon=icon_of_point(point_decision), note=note)
