"""*Can they use it?*: the result of `decide()` at each machine and door, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.capabilities.access.explain import PointDecision, decision_text
from controller.domain.access.decision import DenyReason
from controller.domain.facts import PointKind
from webui.i18n import translator
from webui.members.missing_items import (
    CanRow,
    MissingItem,
    Ways,
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
"""Reasons that pass by themselves: the person has the right, only not at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What the member can use now, could use at another time, and can't use yet."""

    yes: tuple[CanRow, ...]
    later: tuple[CanRow, ...]
    missing: tuple[MissingItem, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to use."""
        return not (self.yes or self.later or self.missing)


def can(judged: Sequence[PointDecision], ways: Ways) -> Can:
    """Doors first, then by name. What is wanting is said even where the place is closed now."""
    ordered = sorted(judged, key=lambda e: (e.point.kind is not PointKind.DOOR, name_of_point(e)))
    granted = [verdict for verdict in ordered if verdict.decision.granted]
    passing = [verdict for verdict in ordered if not verdict.decision.granted and not verdict.lacks]
    return Can(
        yes=_particular([_row(verdict) for verdict in granted]),
        later=tuple(_row(verdict) for verdict in passing),
        missing=missing_items(ordered, ways),
    )


def _particular(rows: Sequence[CanRow]) -> tuple[CanRow, ...]:
    """Drop a note that is the same in all rows, since the sentence above has it."""
    same = len(rows) > 1 and len({row.note for row in rows}) == 1
    return tuple(replace(row, note="") if same else row for row in rows)


def _row(judged: PointDecision) -> CanRow:
    """Until when is said of the person, not of each; here what is particular to this one."""
    text, decision = decision_text(judged, translator()), judged.decision
    if decision.granted:
        note = text.lines[-1] if decision.notices else ""
    else:
        note = " ".join((f"{text.title}.", *text.lines[:1]))
    return CanRow(name=name_of_point(judged), icon=icon_of_point(judged), note=note)
