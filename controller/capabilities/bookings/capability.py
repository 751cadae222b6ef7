"""Declares the feature *bookings*, its jobs, and its answer to whether a member used the site."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.bookings import barred_bookings, bookings, payer_changes, wishes
from controller.capabilities.bookings import models as models
from controller.capabilities.bookings.activity import RECENT
from controller.capabilities.bookings.booked_to import PROPOSER
from controller.capabilities.bookings.messages import MESSAGES
from controller.capabilities.bookings.missed_bookings import mark_missed
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.news import BookingNews, WishNews
from controller.capabilities.bookings.policy import FACTS
from controller.capabilities.bookings.privacy import PERSONAL_DATA
from controller.capabilities.machines.changes import ServiceChanged
from controller.capabilities.members.changes import (
    MemberLeft,
    MemberRemovedFromSite,
    MembershipsBegan,
    MembershipsEnded,
)
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations.changes import PayerChange
from controller.capabilities.plans.changes import UseQuestion, WasUsed
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import Capability, Reaction
from controller.kernel.jobs import Job, NeedsDate, single_transaction


def _close_bookings(db: Session, now: Utc) -> None:
    mark_missed(db, now)
    bookings.close_ended(db, now)


JOBS = (
    Job(
        name="bookings",
        title=N_("closing past bookings"),
        run=single_transaction(_close_bookings),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    Job(
        name="wishes",
        title=N_("availability alerts"),
        run=single_transaction(wishes.check_wishes),
        period_s=30.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)

# A member who has booked a zone has used their subscription.


def answer_use(db: Session, question: UseQuestion) -> None:
    """Raise WasUsed if the member has booked a zone since then and not cancelled it."""
    zone_bookings = (
        select(BookingRow.id)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            MemberRow.ref == question.member_ref,
            BookingRow.site_id == question.site_id,
            BookingRow.zone_id.is_not(None),
            BookingRow.created_at >= question.since,
            BookingRow.cancelled_at.is_(None),
        )
    )
    if db.scalar(zone_bookings.limit(1)) is not None:
        raise WasUsed


BOOKINGS = Capability(
    name="bookings",
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, bookings.cancel_all),
        Reaction(MemberRemovedFromSite, bookings.cancel_at),
        Reaction(MembershipsEnded, payer_changes.remove_payer),
        Reaction(MembershipsBegan, payer_changes.restore_payer),
        Reaction(PayerChange, payer_changes.check_payer),
        Reaction(MemberLeft, wishes.forget_of),
        Reaction(ServiceChanged, barred_bookings.notify_of_service_change),
        Reaction(UseQuestion, answer_use),
    ),
    news=(BookingNews, WishNews),
    messages=MESSAGES,
    jobs=JOBS,
    facts=FACTS,
)
