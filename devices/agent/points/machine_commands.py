"""Translates commands into events of a machine's state machine."""

from controller.domain.machine.events import (
    CutRequested,
    EndRequested,
    MachineEvent,
    ResetRequested,
)
from controller.domain.machine.state import Session
from controller.domain.states import Refusal
from controller.wire.commands import CommandArgs, CutPower, EndSession, ResetFault
from devices.agent.link.outcome import Outcome, refusal


def machine_event(args: CommandArgs, session: Session | None) -> MachineEvent | Outcome:
    """Return the event that carries a command out, or the outcome if it can't be."""
    match args:
        case EndSession(session_id=wanted):
            if wanted is not None and (session is None or session.id != wanted):
                return refusal(Refusal.NO_SESSION.value)
            return EndRequested()
        case CutPower():
            return CutRequested()
        case ResetFault():
            return ResetRequested(on_the_spot=False)
        case _:
            return refusal("not_for_a_machine")
