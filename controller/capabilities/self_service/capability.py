"""The feature *self-service*."""

from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.self_service import codes, visits
from controller.capabilities.self_service.messages import MESSAGES
from controller.capabilities.self_service.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import Capability, Reaction
from controller.kernel.jobs import Job, single_transaction

JOBS = (
    Job(
        name="terminal_visits",
        title=N_("erasing who used a terminal"),
        run=single_transaction(visits.delete_timed_out),
        period_s=3600.0,
    ),
)

SELF_SERVICE = Capability(
    name="self_service",
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    messages=MESSAGES,
    reacts=(
        Reaction(MemberLeft, codes.delete_after_leaving),
        Reaction(MemberMerged, codes.delete_after_merge),
    ),
)
