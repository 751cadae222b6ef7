"""The feature *plans*."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.places.changes import ZoneUses
from controller.capabilities.plans import (
    late_grants,
    pass_days,
    passes,
    plans,
    reminders,
    subscriptions,
)
from controller.capabilities.plans import models as models
from controller.capabilities.plans.activity import RECENT
from controller.capabilities.plans.messages import MESSAGES
from controller.capabilities.plans.policy import FACTS
from controller.capabilities.plans.privacy import PERSONAL_DATA
from controller.domain.facts import CredentialKind
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import AlarmKind, Capability, Reaction
from controller.kernel.projections import StoredEvent
from controller.policy import facts_of
from controller.wire.events import AccessGranted, SessionStarted

# Granted access spends a day of a pass, and so does a use: a FabOMatic board that gets no answer
# lets people in without a grant (decision 0332).


def spend(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Spend a day of the pass of each member who was admitted without a subscription.

    If the pass has no day left, a grant that arrived in time is listed on *Catch up*, by
    `activity`; one that arrived late raises an alarm.
    """
    uses = [
        (event.member, event.access_point, event, stored_event)
        for stored_event in events
        if isinstance(event := stored_event.event, (AccessGranted, SessionStarted))
        and event.member
        and event.access_point
    ]
    with_pass = passes.members_with_pass(db, (member for member, *_ in uses)) if uses else set()
    if with_pass:
        pass_days.lock(db, with_pass)
    tapped: dict[tuple[str, str | None], bool] = {}
    for member, point, event, stored_event in uses:
        if member not in with_pass:
            continue
        site_id, at = stored_event.site, stored_event.estimate
        badge = site_id, event.credential
        if isinstance(event, AccessGranted):
            is_guest = tapped[badge] = event.credential_kind is CredentialKind.GUEST
        elif badge in tapped:  # only the tap that started the session has the kind
            is_guest = tapped[badge]
        else:
            is_guest = pass_days.is_guest_badge(db, site_id, event.credential, at)
        # If the true time is unknown, the estimate decides which day is spent. The latest possible
        # time is stored with the day, so that *Catch up* lists it as uncertain.
        latest_at = None if stored_event.at else stored_event.best_time
        is_overdrawn = pass_days.spend(db, member, site_id, point, at, latest_at, is_guest=is_guest)
        if is_overdrawn and stored_event.arrived_late:
            late_grants.report(db, stored_event, member, point, facts_of.site(db, site_id, at))


PLANS = Capability(
    name="plans",
    effects=(spend, late_grants.report_grants_without_plan),
    alarms=(
        AlarmKind(
            "grant_without_plan",
            N_("Let in without a subscription or pass"),
            N_(
                "The box was offline. Check which subscription or pass this person had then, and "
                "who changed it."
            ),
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, passes.end_all),
        Reaction(MemberLeft, subscriptions.end_all),
        Reaction(MemberTakenBack, subscriptions.take_back_all),
        Reaction(ZoneUses, plans.add_use_of_zone),
    ),
    messages=MESSAGES,
    jobs=(
        reminder_job(
            "subscription_reminders", N_("e-mails about ending subscriptions"), reminders.find_due
        ),
    ),
    facts=FACTS,
)
