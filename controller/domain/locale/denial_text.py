"""The text of a denial: what is missing, what to do, who can help."""

from collections.abc import Callable, Iterable, Mapping

from controller.domain.access.decision import DenyReason
from controller.domain.facts import Assurance, PointKind, Supervisor
from controller.domain.locale.catalogue import N_, NC_
from controller.domain.locale.decision_context import DecisionContext
from controller.domain.locale.time import format_duration

_Lines = Iterable[str | None]

_BADGES = {
    Assurance.UID: N_("A badge read here is needed."),
    Assurance.SUN: N_("A badge protected against copying is needed."),
    Assurance.AES: N_("An encrypted badge is needed."),
}


def denied_lines(context: DecisionContext) -> tuple[str, ...]:
    """Return the lines below the title."""
    reason = context.decision.reason
    lines = _LINES[reason](context) if reason is not None else ()
    return tuple(line for line in lines if line)


def _desk(t: DecisionContext) -> str:
    return t.say("The desk can help.")


def _manager(t: DecisionContext) -> str:
    return t.say("Tell a manager.")


def _unknown(t: DecisionContext) -> _Lines:
    yield t.say("Present it again.")
    yield t.say("The desk can register it.")


def _lost(t: DecisionContext) -> _Lines:
    yield t.say("Take it to the desk.")


def _suspended(t: DecisionContext) -> _Lines:
    yield _desk(t)


def _not_yet(t: DecisionContext) -> _Lines:
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say("It will be valid %(when)s.", when=t.when(begins))
    yield _desk(t)


def _expired(t: DecisionContext) -> _Lines:
    ended_at = t.detail.expired_since
    if ended_at is not None:
        yield t.say("No longer valid %(since)s.", since=t.since(ended_at))
    yield t.say("The desk can extend it.")


def _assurance(t: DecisionContext) -> _Lines:
    if t.detail.assurance is not None:
        yield t.say(_BADGES[t.detail.assurance])
    yield t.say("Present it again, held flat.")
    yield t.say("The desk can give you one.")


def _stale(t: DecisionContext) -> _Lines:
    age_s = t.detail.policy_age_s
    if age_s is not None:
        lasts = format_duration(age_s, t.translator)
        yield t.say("No updates here for %(lasts)s.", lasts=lasts)
    yield t.say("Try again when the network is back.")
    yield _manager(t)


def _clock(t: DecisionContext) -> _Lines:
    yield t.say("This machine is waiting for the exact time.")
    yield t.say("Try again in a few minutes.")
    yield _manager(t)


def _member(t: DecisionContext) -> _Lines:
    yield t.say("Please talk to a manager.")


def _subscription(t: DecisionContext) -> _Lines:
    plans = t.names(t.detail.plans, {id: p.name for id, p in t.site.plans.items()})
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say("Yours starts %(when)s.", when=t.when(begins))
    elif plans:
        yield t.say("Needed: %(plans)s.", plans=plans)
    yield t.say("The desk can set it up.")


def _subscription_ended(t: DecisionContext) -> _Lines:
    ended_at = t.detail.expired_since
    if ended_at is not None and t.is_ahead(ended_at):
        yield t.say(NC_("subscription", "It ends %(when)s."), when=t.when(ended_at))
    elif ended_at is not None:
        yield t.say("No longer active %(since)s.", since=t.since(ended_at))
    yield t.say("The desk can renew it.")


def _plan_hours(t: DecisionContext) -> _Lines:
    reopens_at = t.detail.reopens_at
    if reopens_at is not None:
        yield t.say("Your hours start again %(when)s.", when=t.when(reopens_at))
    yield t.say("The desk can change your plan.")


def _closed(t: DecisionContext) -> _Lines:
    reopens_at = t.detail.reopens_at
    if reopens_at is not None:
        yield t.say("It opens %(when)s.", when=t.when(reopens_at))
    yield _desk(t)


def _out_of_service(t: DecisionContext) -> _Lines:
    yield t.detail.service_reason
    if t.detail.not_commissioned:
        yield t.say("Not commissioned yet.")
    if t.point.kind is PointKind.DOOR:
        yield t.say("Take another door.")
    else:
        yield t.say("Take another machine.")
    yield t.say("A manager can say until when.")


def _too_old(t: DecisionContext) -> _Lines:
    yield t.say("It does not know a rule of %(this)s.", this=t.this())
    yield t.say("A manager can update it.")


def _fault(t: DecisionContext) -> _Lines:
    if t.detail.can_reset:
        yield t.say("Check the machine before resetting.")
        return
    yield t.say("Do not use %(this)s.", this=t.this())
    yield t.say("A maintainer can reset it here.")


def _certification(t: DecisionContext) -> _Lines:
    yield t.say("Needed: %(names)s.", names=t.certifications())
    if t.detail.valid_from is not None:
        yield t.say(
            NC_("certification", "Yours starts %(when)s."), when=t.when(t.detail.valid_from)
        )
    yield _next_session(t)
    yield t.say("A trainer can certify you.")


def _certification_ended(t: DecisionContext) -> _Lines:
    yield t.say("To renew: %(names)s.", names=t.certifications())
    ended_at = t.detail.expired_since
    if ended_at is not None and t.is_ahead(ended_at):
        yield t.say(NC_("certification", "It ends %(when)s."), when=t.when(ended_at))
    elif ended_at is not None:
        yield t.say(NC_("certification", "No longer valid %(since)s."), since=t.since(ended_at))
    yield _next_session(t)
    yield t.say("A trainer can renew it.")


def _next_session(t: DecisionContext) -> str | None:
    if t.detail.next_session is None:
        return None
    return t.say("Enrol: next session %(when)s.", when=t.when(t.detail.next_session))


def _certification_suspended(t: DecisionContext) -> _Lines:
    yield t.say("Suspended: %(names)s.", names=t.certifications())
    yield t.say("Please talk to a trainer.")


def _document(t: DecisionContext) -> _Lines:
    yield t.say("Needed: %(names)s.", names=t.certifications())
    if t.detail.expired_since is not None:
        yield t.say("No longer valid %(since)s.", since=t.since(t.detail.expired_since))
    yield t.say("Hand it in at the desk.")


def _supervisor(t: DecisionContext) -> _Lines:
    if t.detail.host_needed:
        yield t.say("A host must tap here before you.")
        yield t.say("You then have 30 seconds.")
    elif t.detail.supervisor is Supervisor.EACH_START:
        yield t.say("The supervisor must tap here before you.")
        yield t.say("You then have 30 seconds.")
    else:
        zone = t.zone()
        yield t.say("Nobody supervises %(zone)s.", zone=zone) if zone else None
        yield t.say("Wait until a supervisor taps.")
    yield _desk(t)


def _company(t: DecisionContext) -> _Lines:
    n = t.detail.company
    if n is not None:
        yield t.translator.count(
            "There must be %(n)s people in the room.", "There must be %(n)s people in the room.", n
        )
    yield t.say("Get someone to join you, then tap again.")


def _booking(t: DecisionContext) -> _Lines:
    if t.detail.booked_until is not None:
        yield t.say("Free %(when)s.", when=t.when(t.detail.booked_until))
    yield t.say("Book online or at the desk.")


def _in_use(t: DecisionContext) -> _Lines:
    yield t.say("Wait for the end, then tap.")


def _full(t: DecisionContext) -> _Lines:
    zone = t.zone()
    if t.detail.capacity is not None and zone:
        yield t.say("Places (%(zone)s): %(n)s.", zone=zone, n=t.detail.capacity)
    elif t.detail.capacity is not None:
        yield t.say(NC_("capacity", "Places: %(n)s."), n=t.detail.capacity)
    yield t.say("Wait until somebody leaves.")
    yield _desk(t)


def _interlock(t: DecisionContext) -> _Lines:
    names = t.inputs()
    if t.is_start_refused:
        yield t.say("Put the machine in its starting position.")
    else:
        yield t.say("Close the lid or the guard.")
    yield t.say("Check: %(names)s.", names=names) if names else None
    yield t.say("Then tap again.")
    yield _manager(t)


_LINES: Mapping[DenyReason, Callable[[DecisionContext], _Lines]] = {
    DenyReason.CREDENTIAL_UNKNOWN: _unknown,
    DenyReason.CREDENTIAL_LOST: _lost,
    DenyReason.CREDENTIAL_SUSPENDED: _suspended,
    DenyReason.CREDENTIAL_NOT_YET_VALID: _not_yet,
    DenyReason.CREDENTIAL_EXPIRED: _expired,
    DenyReason.ASSURANCE_TOO_LOW: _assurance,
    DenyReason.POLICY_STALE: _stale,
    DenyReason.CLOCK_UNTRUSTED: _clock,
    DenyReason.MEMBER_SUSPENDED: _member,
    DenyReason.SUBSCRIPTION_MISSING: _subscription,
    DenyReason.SUBSCRIPTION_EXPIRED: _subscription_ended,
    DenyReason.OUTSIDE_PLAN_HOURS: _plan_hours,
    DenyReason.SITE_CLOSED: _closed,
    DenyReason.OUT_OF_SERVICE: _out_of_service,
    DenyReason.AGENT_TOO_OLD: _too_old,
    DenyReason.FAULT_LATCHED: _fault,
    DenyReason.CERTIFICATION_MISSING: _certification,
    DenyReason.CERTIFICATION_EXPIRED: _certification_ended,
    DenyReason.CERTIFICATION_SUSPENDED: _certification_suspended,
    DenyReason.DOCUMENT_MISSING: _document,
    DenyReason.SUPERVISOR_REQUIRED: _supervisor,
    DenyReason.COMPANY_REQUIRED: _company,
    DenyReason.BOOKING_REQUIRED: _booking,
    DenyReason.BOOKED_BY_OTHER: _booking,
    DenyReason.IN_USE: _in_use,
    DenyReason.ZONE_FULL: _full,
    DenyReason.INTERLOCK_OPEN: _interlock,
}
