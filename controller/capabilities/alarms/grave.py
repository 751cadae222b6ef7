"""The alarms that somebody is woken for."""

from controller.domain.states import FaultKind

GRAVE = frozenset(
    {
        FaultKind.FIRE.value,
        FaultKind.POWER_WHILE_OFF.value,
        FaultKind.SWITCH_FAILED.value,
        "switch_welded",
        "door_forced",
        "database_unavailable",
    }
)
"""Kinds: fire, power or a door that nobody granted, a controller that can't write."""
