"""The feature *plans*."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberLeft, MemberTakenBack
from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.plans import late_grants, pass_days, passes, reminders, subscriptions
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

    If it has none left, what was in time is listed on *Catch up*, and what is late raises an alarm.
    """
    grants = [
        (event.member, event.access_point, event, stored_event)
        for stored_event in events
        if isinstance(event := stored_event.event, (AccessGranted, SessionStarted))
        and event.member
        and event.access_point
    ]
    with_pass = passes.members_with_pass(db, (member for member, *_ in grants)) if grants else set()
    if with_pass:
        pass_days.lock(db, with_pass)
    tapped: dict[tuple[str, str | None], bool] = {}
    for member, point, event, grant in grants:
        if member not in with_pass:
            continue
        badge = grant.site, event.credential
        if isinstance(event, AccessGranted):
            is_guest = tapped[badge] = event.credential_kind is CredentialKind.GUEST
        elif badge in tapped:  # a session does not tell the kind, but the tap that started it does
            is_guest = tapped[badge]
        else:
            is_guest = pass_days.is_guest_badge(db, grant.site, event.credential, grant.estimate)
        latest = None if grant.at else grant.best_time
        at = grant.estimate
        is_beyond = pass_days.spend(db, member, grant.site, point, at, latest, is_guest=is_guest)
        if is_beyond and grant.arrived_late:
            late_grants.report(db, grant, member, point, facts_of.site(db, grant.site, at))


PLANS = Capability(
    name="plans",
    effects=(spend, late_grants.report_unexplained),
    alarms=(
        AlarmKind(
            "grant_without_plan",
            N_("Let in without a subscription or pass"),
            N_("The box was offline: see what this person had then, and who changed it."),
        ),
    ),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(MemberLeft, passes.end_all),
        Reaction(MemberLeft, subscriptions.end_all),
        Reaction(MemberTakenBack, subscriptions.take_back_all),
    ),
    messages=MESSAGES,
    jobs=(
        reminder_job(
            "subscription_reminders", N_("e-mails about ending subscriptions"), reminders.find_due
        ),
    ),
    facts=FACTS,
)
