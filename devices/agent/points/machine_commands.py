"""Translates commands into events of a machine's state machine."""

from controller.domain.machine.events import CutAsked, EndAsked, MachineEvent, ResetAsked
from controller.domain.machine.state import Session
from controller.domain.states import Refusal
from controller.wire.commands import CommandArgs, CutPower, EndSession, ResetFault
from devices.agent.link.outcome import Outcome, refusal


def asked_of_machine(args: CommandArgs, session: Session | None) -> MachineEvent | Outcome:
    """Return the event that carries a command out, or the outcome if it can't be."""
    match args:
        case EndSession(session_id=wanted):
            if wanted is not None and (session is None or session.id != wanted):
                return refusal(Refusal.NO_SESSION.value)
            return EndAsked()
        case CutPower():
            return CutAsked()
        case ResetFault():
            return ResetAsked(on_the_spot=False)
        case _:
            return refusal("not_for_a_machine")
