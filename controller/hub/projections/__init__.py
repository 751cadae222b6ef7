"""What is made of events: sessions, alarms, windows, power cuts. Each is an upsert in any order."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.hub.facts import Happened
from controller.hub.projections import alarms, power_cuts, sessions, windows


def project(db: Session, events: Sequence[Happened]) -> None:
    """Bring all projections in step with these events, which are stored already."""
    sessions.project(db, events)
    alarms.project(db, events)
    windows.project(db, events)
    power_cuts.project(db, events)
