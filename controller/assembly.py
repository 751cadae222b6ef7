"""The one explicit list of what the rooms give to the house; nothing is found by magic."""

from controller.capabilities.agents import jobs as agents_jobs
from controller.capabilities.agents.changes import AgentChanged
from controller.capabilities.alarms.changes import AlarmChanged
from controller.capabilities.bookings import jobs as bookings_jobs
from controller.capabilities.bookings.changes import BookingChanged
from controller.capabilities.groups import jobs as groups_jobs
from controller.capabilities.groups.changes import GroupChanged, WindowChanged
from controller.capabilities.journal.changes import EventsArrived
from controller.capabilities.machines.changes import CommandChanged, PointChanged
from controller.capabilities.members.changes import MemberChanged
from controller.capabilities.presence import jobs as presence_jobs
from controller.capabilities.presence.changes import EvacuationChanged, PresenceChanged
from controller.capabilities.privacy import jobs as privacy_jobs
from controller.capabilities.tell import jobs as tell_jobs
from controller.capabilities.tell.changes import HandoverNoteChanged, UserReportChanged
from controller.capabilities.training import jobs as training_jobs
from controller.capabilities.training.changes import CourseSessionChanged
from controller.capabilities.upkeep import jobs as upkeep_jobs
from controller.capabilities.upkeep.changes import MaintenanceChanged
from controller.capabilities.usage.changes import SessionChanged
from controller.kernel import outbox_pruning
from controller.kernel.changes import Change, Kinds
from controller.kernel.jobs import Job
from controller.policy import jobs as policy_jobs
from controller.policy.changes import PolicyChanged

CHANGES: tuple[type[Change], ...] = (
    MemberChanged,
    CourseSessionChanged,
    GroupChanged,
    WindowChanged,
    AgentChanged,
    PointChanged,
    CommandChanged,
    EventsArrived,
    AlarmChanged,
    PresenceChanged,
    EvacuationChanged,
    SessionChanged,
    BookingChanged,
    MaintenanceChanged,
    UserReportChanged,
    HandoverNoteChanged,
    PolicyChanged,
)
KINDS = Kinds(CHANGES)

JOBS: tuple[Job, ...] = (
    *policy_jobs.JOBS,
    *training_jobs.JOBS,
    *groups_jobs.JOBS,
    *agents_jobs.JOBS,
    *presence_jobs.JOBS,
    *bookings_jobs.JOBS,
    *upkeep_jobs.JOBS,
    *tell_jobs.JOBS,
    *privacy_jobs.JOBS,
    *outbox_pruning.JOBS,
)
