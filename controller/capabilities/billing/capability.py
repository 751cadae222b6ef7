"""Declares the feature *billing*, and publishes news about events that arrived late."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.billing import (
    book_updates,
    charges,
    gifts,
    own,
    prints,
    sales,
    statement_mail,
    tariffs,
)
from controller.capabilities.billing.messages import MESSAGES
from controller.capabilities.billing.news import LateUseNews, MoneyNews, TariffNews
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE
from controller.capabilities.billing.privacy import PERSONAL_DATA
from controller.capabilities.members.changes import MemberMerged, MembershipsEnded, MemberTakenBack
from controller.capabilities.places.changes import ZoneUses
from controller.capabilities.plans.changes import PlanGiven, PlanTakenBack
from controller.capabilities.print_jobs.changes import PrintSettled
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind, Capability, Reaction
from controller.kernel.outbox import post_news
from controller.kernel.projections import Projection, StoredEvent
from controller.wire.events import SessionEnded, SessionStarted

# When an event of a machine session arrives late, its charge has to be calculated again.


def note_late(db: Session, events: Sequence[StoredEvent]) -> None:
    """Publish news for late events of sessions; events in time publish `SessionNews` already."""
    for event in events:
        if event.arrived_late and isinstance(event.event, SessionStarted | SessionEnded):
            post_news(db, LateUseNews(site=event.site, key=event.event.session_id))


PROJECTION = Projection(project=note_late)

BILLING = Capability(
    name="billing",
    permissions=(MONEY_READ, MONEY_TAKE),
    projections=(PROJECTION,),
    reacts=(
        Reaction(PrintSettled, prints.enter_material),
        Reaction(PlanGiven, gifts.check),
        Reaction(PlanGiven, sales.check_changed),
        Reaction(PlanTakenBack, sales.require_unsold),
        Reaction(MembershipsEnded, own.check_last_member),
        Reaction(MemberMerged, statement_mail.move_choice),
        Reaction(MemberTakenBack, charges.delete_with_member),
        Reaction(ZoneUses, tariffs.add_use_of_zone),
    ),
    news=(TariffNews, LateUseNews, MoneyNews),
    messages=MESSAGES,
    alarms=(
        AlarmKind(
            book_updates.FAILING,
            N_("What somebody owes can’t be worked out"),
            N_("Everybody else is charged. Tell an administrator: the server’s log says why."),
        ),
    ),
    jobs=book_updates.JOBS,
    personal_data=PERSONAL_DATA,
)
