"""Instructions and questions for each step of a commissioning."""

from collections.abc import Mapping

from controller.domain.commissioning import Step, StepName
from controller.domain.locale.catalogue import N_, Translator

_KILL = N_(
    "Switch it on again, then kill the agent on its Pi: sudo systemctl kill --signal=SIGKILL "
    "loquet-agent"
)

_DO: Mapping[StepName, str] = {
    StepName.BADGE: N_("Tap a maintainer’s badge on the reader."),
    StepName.POWER_ON: N_(
        "With the machine unplugged from the contactor: switch it on with that badge."
    ),
    StepName.POWER_OFF: N_("Tap the badge there again."),
    StepName.ESTOP: N_("Switch it on again, then press the emergency stop."),
    StepName.ESTOP_RESET: N_(
        "Release the emergency stop, then tap the maintainer’s badge on the reader."
    ),
    StepName.INTERLOCK: N_("Switch it on again, then open the interlock (lid, guard, flow)."),
    StepName.START_CONDITION: N_(
        "With the power off, move the machine out of its starting position (lid, axis), then tap."
    ),
    StepName.AGENT_KILLED: _KILL,
    StepName.STRIKE: N_("Tap a badge that has access."),
    StepName.CONTACT: N_("Open the door, then shut it."),
    StepName.REX: N_("Leave by the exit button or handle."),
    StepName.FIRE: N_("Ask the person in charge of the fire alarm to trigger its input."),
    StepName.WAY_OUT: N_("Unplug the Pi, and leave as you would in an emergency."),
}
_SEE: Mapping[StepName, str] = {
    StepName.POWER_ON: N_("Has the contactor closed?"),
    StepName.POWER_OFF: N_("Has the contactor opened?"),
    StepName.ESTOP: N_(
        "Does the emergency stop keep the contactor open by itself, whatever the badge does?"
    ),
    StepName.INTERLOCK: N_("Did the interlock open the contactor by itself?"),
    StepName.START_CONDITION: N_("Did it stay off, and does it start once it is back in position?"),
    StepName.AGENT_KILLED: N_("Did the contactor open within a second?"),
    StepName.STRIKE: N_("Can the door be pulled open, and is it locked again afterwards?"),
    StepName.REX: N_("Did the door let you out?"),
    StepName.FIRE: N_("Did the hardware alone release the door, and does it stay released?"),
    StepName.WAY_OUT: N_("Did the door let you out without any power from Loquet?"),
}
_WITHOUT_EVENT: Mapping[StepName, tuple[str, str]] = {
    StepName.BADGE: (
        N_("No reader is wired here."),
        N_("Is it clear how it will be used without one?"),
    ),
    StepName.ESTOP: (
        N_("No emergency stop is wired to the Pi. If the machine has one, test it."),
        N_("Does it stop the machine by itself, or is the machine safe without one?"),
    ),
    StepName.AGENT_KILLED: (
        _KILL,
        N_("Wired with “hold”: did it stay on, and is that safe for everybody?"),
    ),
    StepName.CONTACT: (
        N_("No door contact is wired: a door that is forced or held open will not be detected."),
        N_("Is this intended?"),
    ),
    StepName.REX: (
        N_("No exit button is wired: people leave only by the handle."),
        N_("Can people leave without a badge?"),
    ),
}


def instruction(step: Step, translator: Translator) -> str:
    """Return the instruction for a step."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    return translator.say(special[0] if special else _DO[step.name])


def question(step: Step, translator: Translator) -> str | None:
    """Return the question that must be answered with yes; None: the event alone proves the step."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    question = special[1] if special else _SEE.get(step.name)
    return None if question is None else translator.say(question)
