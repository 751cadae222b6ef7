"""The feature *machines*."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.changes import AgentMoves
from controller.capabilities.machines import access_points
from controller.capabilities.machines import models as models
from controller.capabilities.machines.changes import CommandNews, PointNews
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.policy import FACTS
from controller.capabilities.machines.privacy import PERSONAL_DATA
from controller.capabilities.machines.site_key_change import run_key_change
from controller.capabilities.members.changes import MaintainedPointsChanged
from controller.capabilities.training import member_certifications
from controller.capabilities.training.changes import ScopeNarrowed
from controller.capabilities.training.models import CertificationRow, ValidityKind
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import Capability, Reaction
from controller.kernel.jobs import Job, NeedsDate
from controller.kernel.projections import StoredEvent
from controller.wire.events import SessionStarted

JOBS = (
    Job(
        name="site_keys",
        title=N_("new key of a site’s boxes"),
        run=run_key_change,
        period_s=60.0,
        deadline_s=600.0,
        needs_date=NeedsDate.PLAUSIBLE,
        per_site=True,
    ),
)

# Using a machine extends certifications that lapse when unused.


def extend_used_certifications(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Extend the certifications that lapse when unused, for members who started a session."""
    starts = [
        (event, event.event)
        for event in events
        if isinstance(event.event, SessionStarted)
        and event.event.member
        and event.event.access_point
    ]
    if not starts:
        return
    disuse = select(CertificationRow.id).where(
        CertificationRow.validity_kind == ValidityKind.DISUSE
    )
    perishable = set(db.scalars(disuse))
    if not perishable:
        return
    for stored_event, event in starts:
        point = db.get(AccessPointRow, event.access_point)
        groups = [] if point is None else point.requirement.get("certifications", [])
        to_extend = perishable & {name for group in groups for name in group}
        if to_extend and event.member is not None:
            member_certifications.record_use(
                db, event.member, sorted(to_extend), at=stored_event.best_time
            )


MACHINES = Capability(
    name="machines",
    effects=(extend_used_certifications,),
    personal_data=PERSONAL_DATA,
    reacts=(
        Reaction(AgentMoves, access_points.check_agent_has_no_points),
        Reaction(MaintainedPointsChanged, access_points.check_maintained),
        Reaction(ScopeNarrowed, access_points.check_not_required_elsewhere),
    ),
    news=(PointNews, CommandNews),
    facts=FACTS,
    jobs=JOBS,
)
