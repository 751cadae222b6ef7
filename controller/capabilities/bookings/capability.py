"""The feature *bookings*."""

from pathlib import Path

from controller.capabilities.bookings import barred_bookings, bookings, plan_use, wishes
from controller.capabilities.bookings import models as models
from controller.capabilities.bookings.activity import RECENT
from controller.capabilities.bookings.booked_to import PROPOSER
from controller.capabilities.bookings.jobs import JOBS
from controller.capabilities.bookings.messages import MESSAGES
from controller.capabilities.bookings.news import BookingNews, WishNews
from controller.capabilities.bookings.policy import FACTS
from controller.capabilities.bookings.privacy import PERSONAL_DATA
from controller.capabilities.machines.changes import ServiceChanged
from controller.capabilities.members.changes import MemberLeft, MembershipsEnded, MemberUnknownAt
from controller.capabilities.plans.changes import UseQuestion
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

BOOKINGS = Capability(
    name="bookings",
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, bookings.cancel_all),
        Reaction(MemberUnknownAt, bookings.cancel_at),
        Reaction(MembershipsEnded, bookings.take_off_bills),
        Reaction(MemberLeft, wishes.forget_of),
        Reaction(ServiceChanged, barred_bookings.write_of_service),
        Reaction(UseQuestion, plan_use.answer),
    ),
    news=(BookingNews, WishNews),
    messages=MESSAGES,
    jobs=JOBS,
    facts=FACTS,
    locale=Path(__file__).with_name("locale"),
)
