"""The kinds of alarms that are sent even at night, and to recipients who want only grave ones."""

from controller.domain.states import FaultKind

GRAVE_ALARMS = frozenset(
    {
        FaultKind.FIRE.value,
        FaultKind.POWER_WHILE_OFF.value,
        FaultKind.SWITCH_FAILED.value,
        "switch_welded",
        "door_forced",
        "database_unavailable",
    }
)
