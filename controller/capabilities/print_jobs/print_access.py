"""Whether somebody has access to a printer now, as its agent reported; nothing is decided here."""

from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.locale.catalogue import N_
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.kernel.errors import Denied
from controller.kernel.translation import in_every_language

_ON = (MachinePhase.ARMED, MachinePhase.RUNNING)


class PrintRefusal(StrEnum):
    """Why a print may not start."""

    BADGE_FIRST = "badge_first"
    AGENT_SILENT = "agent_silent"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


SAID = {
    PrintRefusal.BADGE_FIRST: N_(
        "Badge first. Tap your badge at the printer’s reader, then start the print again."
    ),
    PrintRefusal.AGENT_SILENT: N_(
        "This printer’s box does not answer: nothing says who has badged. Tell the desk, then "
        "start the print again."
    ),
    PrintRefusal.FAULT: N_(
        "This printer has been stopped for safety. Tell somebody in charge: the print can be "
        "started again once it is reset."
    ),
    PrintRefusal.OUT_OF_SERVICE: N_(
        "This printer is out of service. The desk knows why, and until when."
    ),
}
_INSTEAD = {
    MachinePhase.FAULT.value: PrintRefusal.FAULT,
    MachinePhase.OUT_OF_SERVICE.value: PrintRefusal.OUT_OF_SERVICE,
}


def granted_session(db: Session, point: AccessPointRow, now: Utc) -> str:
    """The id of the use that its agent has granted and that still holds. Raises Denied."""
    state = db.get(PointStateRow, point.id)
    agent = db.get(AgentState, point.agent_id) if point.agent_id else None
    if state is None or state.agent_id != point.agent_id or not is_online(agent, now):
        raise _denied(db, PrintRefusal.AGENT_SILENT)
    if state.session_id is None or state.state not in _ON:
        raise _denied(db, _INSTEAD.get(state.state, PrintRefusal.BADGE_FIRST))
    session = db.get(SessionRow, state.session_id)
    if session is not None and session.ended_at is not None:
        raise _denied(db, PrintRefusal.BADGE_FIRST)
    return state.session_id


def session_at(db: Session, point: AccessPointRow, asked: Utc) -> str:
    """The id of the use that went on there when it was asked, as its agent told. Raises Denied."""
    went_on = or_(SessionRow.ended_at.is_(None), SessionRow.ended_at >= asked)
    there = select(SessionRow.id).where(SessionRow.access_point_id == point.id, went_on)
    begun = there.where(SessionRow.started_at <= asked).order_by(SessionRow.started_at.desc())
    session_id = db.scalar(begun.limit(1))
    if session_id is None:
        raise _denied(db, PrintRefusal.BADGE_FIRST)
    return session_id


def _denied(db: Session, reason: PrintRefusal) -> Denied:
    return Denied(reason, in_every_language(db, lambda words: words.say(SAID[reason])))
