"""Words for states, faults, warnings and refusals, as listed in visual.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.locale.catalogue import N_, NC_, Translator
from controller.domain.locale.time import format_duration
from controller.domain.states import (
    DoorPhase,
    EndCause,
    FaultKind,
    MachinePhase,
    Refusal,
    WarningKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A title (what), and lines (what is missing, what to do, who can help)."""

    title: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((self.title, *self.lines))


_MACHINE: Mapping[MachinePhase, str] = {
    MachinePhase.OFF: N_("Free"),
    MachinePhase.ARMED: N_("On"),
    MachinePhase.RUNNING: N_("Running"),
    MachinePhase.COOLING: N_("Cooling down"),
    MachinePhase.FAULT: N_("Fault"),
    MachinePhase.OUT_OF_SERVICE: N_("Out of service"),
}

_DOOR: Mapping[DoorPhase, str] = {
    DoorPhase.LOCKED: N_("Locked"),
    DoorPhase.RELEASED: N_("Unlocked"),
    DoorPhase.OPEN: NC_("door", "Open"),
    DoorPhase.HELD: N_("Held open"),
    DoorPhase.FORCED: N_("Forced"),
}

_CAUSE: Mapping[EndCause, str] = {
    EndCause.BADGE_OUT: N_("Badged out"),
    EndCause.IDLE: N_("Left idle"),
    EndCause.MAX_DURATION: N_("Time limit reached"),
    EndCause.HOURS_END: N_("End of hours"),
    EndCause.RIGHT_END: N_("End of validity"),
    EndCause.REVOKED: N_("Access withdrawn"),
    EndCause.OUT_OF_SERVICE: N_("Taken out of service"),
    EndCause.TAKEN_OVER: N_("Taken over by somebody else"),
    EndCause.ENDED_BY_STAFF: N_("Ended by staff"),
    EndCause.CUT_BY_STAFF: N_("Power cut by staff"),
    EndCause.FAULT: N_("Power cut by a fault"),
    EndCause.INTERLOCK: N_("Power cut by a safety guard"),
    EndCause.SWITCH_FAILED: N_("Power cut by the switch"),
    EndCause.AGENT_RESTARTED: N_("Power cut by a restart"),
    EndCause.SUPERSEDED: N_("Replaced by the next one"),
}

_FAULT: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.ESTOP: (
        N_("Emergency stop"),
        N_("Remove the danger, release the button, then a maintainer taps here."),
    ),
    FaultKind.FIRE: (N_("Fire alarm"), N_("Leave the building. The alarm is reset on the spot.")),
    FaultKind.INTERLOCK: (
        N_("Safety guard opened with power on"),
        N_("Close the guard, then a maintainer resets it."),
    ),
    FaultKind.POWER_WHILE_OFF: (
        N_("Power while switched off"),
        N_("Welded contact: switch off at the breaker and call maintenance."),
    ),
    FaultKind.SWITCH_FAILED: (
        N_("The power switch does not answer"),
        N_("Do not use the machine and call maintenance."),
    ),
    FaultKind.JOB_UNKNOWN: (
        N_("No measurement"),
        N_("The machine is treated as running. Check the meter."),
    ),
}

_WARNING: Mapping[WarningKind, tuple[str, str]] = {
    WarningKind.IDLE: (N_("Stops in %(left)s"), N_("Tap to continue.")),
    WarningKind.MAX_DURATION: (N_("Time limit in %(left)s"), N_("Please finish your work.")),
    WarningKind.HOURS_END: (N_("Hours end in %(left)s"), N_("Please finish your work.")),
}

_REFUSAL: Mapping[Refusal, tuple[str, str]] = {
    Refusal.JOB_RUNNING: (N_("A job is running"), N_("Wait for it to end, then tap.")),
    Refusal.INPUT_OPEN: (N_("A safety input is open"), N_("Close it, then try again.")),
    Refusal.ON_THE_SPOT_ONLY: (N_("Reset on the spot only"), N_("Go and look, then tap there.")),
    Refusal.CURRENT_FLOWS: (N_("Current is still flowing"), N_("Switch off at the breaker.")),
    Refusal.NO_FAULT: (N_("No fault to reset"), N_("Nothing to do.")),
    Refusal.FAULT_LATCHED: (N_("Fault"), N_("A maintainer must reset it.")),
    Refusal.OUT_OF_SERVICE: (N_("Out of service"), N_("Take another machine.")),
    Refusal.NO_SESSION: (N_("Nobody is using it"), N_("Nothing to stop.")),
    Refusal.IN_USE: (N_("In use"), N_("Wait for the end, then tap.")),
    Refusal.FIRE: (N_("Fire alarm"), N_("The door stays unlocked until it is reset on the spot.")),
}


def machine_word(phase: MachinePhase, translator: Translator) -> str:
    """Return the machine's state in a few words."""
    return translator.say(_MACHINE[phase])


def door_word(phase: DoorPhase, translator: Translator) -> str:
    """Return the door's state in a few words."""
    return translator.say(_DOOR[phase])


def cause_word(cause: EndCause, translator: Translator) -> str:
    """Return why a session ended."""
    return translator.say(_CAUSE[cause])


def cause_name(cause: EndCause) -> str:
    """Return the text of a cause, untranslated."""
    return _CAUSE[cause]


def fault_text(kind: FaultKind, translator: Translator) -> Text:
    """Return title and instructions for a fault."""
    return _text(_FAULT[kind], translator)


def fault_name(kind: FaultKind) -> str:
    """Return the name of a fault, untranslated."""
    return _FAULT[kind][0]


def refusal_text(why: Refusal, translator: Translator) -> Text:
    """Return why a request was refused, and what to do."""
    return _text(_REFUSAL[why], translator)


def warning_text(kind: WarningKind, left_s: float, translator: Translator) -> Text:
    """Return the text of a warning, with the time left."""
    title, line = _WARNING[kind]
    left = format_duration(left_s, translator)
    return Text(title=translator.say(title, left=left), lines=(translator.say(line),))


def _text(title_and_line: tuple[str, str], translator: Translator) -> Text:
    title, line = title_and_line
    return Text(title=translator.say(title), lines=(translator.say(line),))
