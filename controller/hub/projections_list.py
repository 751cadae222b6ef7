"""What is made of events: sessions, alarms, windows, power cuts. Each is an upsert in any order."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.alarms import power_cuts
from controller.capabilities.alarms import projection as alarms
from controller.capabilities.groups import projection as windows
from controller.capabilities.usage import projection as sessions
from controller.kernel.happened import Happened


def project(db: Session, events: Sequence[Happened]) -> None:
    """Bring all projections in step with these events, which are stored already."""
    sessions.project(db, events)
    alarms.project(db, events)
    windows.project(db, events)
    power_cuts.project(db, events)
