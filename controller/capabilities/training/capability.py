"""The feature *training*."""

from pathlib import Path

from controller.capabilities.badges.changes import BadgeHandedOver
from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.places.changes import SiteMade
from controller.capabilities.training import certifications, enrolments, merge
from controller.capabilities.training import models as models
from controller.capabilities.training.activity import RECENT
from controller.capabilities.training.badge_rights import check_badge
from controller.capabilities.training.booked_to import PROPOSER
from controller.capabilities.training.effects import certify
from controller.capabilities.training.jobs import JOBS
from controller.capabilities.training.messages import MESSAGES
from controller.capabilities.training.news import CourseSessionNews
from controller.capabilities.training.policy import FACTS
from controller.capabilities.training.privacy import PERSONAL_DATA
from controller.domain.locale.catalogue import N_
from controller.kernel.alarms import AlarmKind
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

TRAINING = Capability(
    name="training",
    effects=(certify,),
    proposer=PROPOSER,
    alarms=(
        AlarmKind(
            "certification_refused",
            N_("Certification at the reader refused"),
            N_("Give it from the person’s page."),
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(SiteMade, certifications.tell_site),
        Reaction(MemberLeft, enrolments.withdraw_all),
        Reaction(MemberMerged, merge.move),
        Reaction(BadgeHandedOver, check_badge),
    ),
    news=(CourseSessionNews,),
    messages=MESSAGES,
    jobs=JOBS,
    facts=FACTS,
    locale=Path(__file__).with_name("locale"),
)
