"""The feature *self-service*."""

from pathlib import Path

from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.self_service import codes
from controller.capabilities.self_service.jobs import JOBS
from controller.capabilities.self_service.messages import MESSAGES
from controller.capabilities.self_service.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

SELF_SERVICE = Capability(
    name="self_service",
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    messages=MESSAGES,
    reacts=(Reaction(MemberLeft, codes.forget_of), Reaction(MemberMerged, codes.forget_merged)),
    locale=Path(__file__).with_name("locale"),
)
