"""The feature *training*."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.changes import BadgeHandedOver, BadgeNeedsManager
from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.places.changes import SiteCreated
from controller.capabilities.training import (
    certifications,
    course_sessions,
    enrolments,
    merge,
    reminders,
)
from controller.capabilities.training import models as models
from controller.capabilities.training.activity import RECENT
from controller.capabilities.training.booked_to import PROPOSER
from controller.capabilities.training.certify_rights import (
    LEVELS_BY_ENTITLEMENT,
    entitlements,
    read_facts,
)
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.training.effects import certify
from controller.capabilities.training.messages import MESSAGES
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.policy import FACTS
from controller.capabilities.training.privacy import PERSONAL_DATA
from controller.domain.facts import Level
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind, Capability, Reaction
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="course_sessions",
        title=N_("closing sessions that have started"),
        run=single_transaction(course_sessions.close_enrolment_of_begun),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    reminder_job(
        "certification_reminders",
        N_("e-mails about ending certifications"),
        reminders.find_certifications,
    ),
    reminder_job("course_reminders", N_("reminders of sessions"), reminders.find_sessions),
)

# Only those who may make a member a trainer may hand over a trainer's badge.


def check_badge(db: Session, badge: BadgeHandedOver) -> None:
    """Raise BadgeNeedsManager unless the actor may give each trainer level of the member.

    Includes suspended ones, since they may be restored while the badge is in use.
    """
    trainer_levels = select(HeldRow.certification_id).where(
        HeldRow.member_id == badge.member.id,
        HeldRow.level == Level.TRAINER,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > badge.now),
    )
    keys = db.scalars(trainer_levels.order_by(HeldRow.certification_id)).all()
    if not keys:
        return
    certify_facts = read_facts(db, badge.actor, badge.member, keys, badge.now)
    for key in keys:
        if key not in certify_facts.sites:  # counts at no site for this member
            continue
        if not any(
            Level.TRAINER in LEVELS_BY_ENTITLEMENT[entitlement]
            for entitlement in entitlements(certify_facts, key)
        ):
            raise BadgeNeedsManager(certify_facts.sites[key])


TRAINING = Capability(
    name="training",
    effects=(certify,),
    proposer=PROPOSER,
    alarms=(
        AlarmKind(
            "certification_refused",
            N_("Certification at the reader refused"),
            N_("Give it from the person’s record."),
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(SiteCreated, certifications.invalidate_for_new_site),
        Reaction(MemberLeft, enrolments.withdraw_departed),
        Reaction(MemberMerged, merge.move),
        Reaction(BadgeHandedOver, check_badge),
    ),
    news=(CourseSessionNews,),
    messages=MESSAGES,
    jobs=JOBS,
    facts=FACTS,
)
