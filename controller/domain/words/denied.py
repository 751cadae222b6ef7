"""Why access is denied, in words: what is missing, then what to do, then who can help."""

from collections.abc import Callable, Iterable, Mapping

from controller.domain.access.reasons import DenyReason
from controller.domain.facts import Assurance, PointKind, Supervisor
from controller.domain.words.telling import Telling
from controller.domain.words.time import lasting

_Lines = Iterable[str | None]

_BADGES = {
    Assurance.UID: ("Il faut un badge lu ici.", "A badge read here is needed."),
    Assurance.SUN: (
        "Il faut un badge protégé contre la copie.",
        "A badge protected against copying is needed.",
    ),
    Assurance.AES: ("Il faut un badge chiffré.", "An encrypted badge is needed."),
}


def denied_lines(telling: Telling) -> tuple[str, ...]:
    """The lines below the title."""
    reason = telling.decision.reason
    lines = _LINES[reason](telling) if reason is not None else ()
    return tuple(line for line in lines if line)


def _desk(t: Telling) -> str:
    return t.say("L’accueil peut vous aider.", "The desk can help.")


def _manager(t: Telling) -> str:
    return t.say("Prévenez un responsable.", "Tell a manager.")


def _unknown(t: Telling) -> _Lines:
    yield t.say("Présentez-le à nouveau.", "Present it again.")
    yield t.say("L’accueil peut l’enregistrer.", "The desk can register it.")


def _lost(t: Telling) -> _Lines:
    yield t.say("Rapportez-le à l’accueil.", "Take it to the desk.")


def _suspended(t: Telling) -> _Lines:
    yield _desk(t)


def _not_yet(t: Telling) -> _Lines:
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say(f"Il sera valable {t.when(begins)}.", f"It will be valid {t.when(begins)}.")
    yield _desk(t)


def _expired(t: Telling) -> _Lines:
    ended = t.detail.expired_since
    if ended is not None:
        yield t.say(f"Expiré {t.since(ended)}.", f"Expired {t.since(ended)}.")
    yield t.say("L’accueil peut le prolonger.", "The desk can extend it.")


def _assurance(t: Telling) -> _Lines:
    if t.detail.assurance is not None:
        yield t.say(*_BADGES[t.detail.assurance])
    yield t.say("Présentez-le à nouveau, bien à plat.", "Present it again, held flat.")
    yield t.say("L’accueil peut vous en remettre un.", "The desk can give you one.")


def _stale(t: Telling) -> _Lines:
    age_s = t.detail.policy_age_s
    if age_s is not None:
        lasts = lasting(age_s, t.language)
        yield t.say(f"Ce lecteur est sans nouvelles depuis {lasts}.", f"No news here for {lasts}.")
    yield t.say("Réessayez quand le réseau est revenu.", "Try again when the network is back.")
    yield _manager(t)


def _clock(t: Telling) -> _Lines:
    yield t.say("Cette machine attend l’heure exacte.", "This machine waits for the exact time.")
    yield t.say("Réessayez dans quelques minutes.", "Try again in a few minutes.")
    yield _manager(t)


def _member(t: Telling) -> _Lines:
    yield t.say("Un responsable du lieu peut en parler.", "A manager can talk it over.")


def _subscription(t: Telling) -> _Lines:
    plans = t.names(t.detail.plans, {id: p.name for id, p in t.site.plans.items()})
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say(f"Le vôtre commence {t.when(begins)}.", f"Yours begins {t.when(begins)}.")
    elif plans:
        yield t.say(f"Il faut : {plans}.", f"Needed: {plans}.")
    yield t.say("L’accueil peut vous abonner.", "The desk can set it up.")


def _subscription_ended(t: Telling) -> _Lines:
    ended = t.detail.expired_since
    if ended is not None:
        yield t.say(f"Terminé {t.since(ended)}.", f"Ended {t.since(ended)}.")
    yield t.say("L’accueil peut le renouveler.", "The desk can renew it.")


def _plan_hours(t: Telling) -> _Lines:
    again = t.detail.reopens_at
    if again is not None:
        yield t.say(f"Vos horaires reprennent {t.when(again)}.", f"Yours begin {t.when(again)}.")
    yield t.say("L’accueil peut changer l’abonnement.", "The desk can change your plan.")


def _closed(t: Telling) -> _Lines:
    again = t.detail.reopens_at
    if again is not None:
        yield t.say(f"Il ouvre {t.when(again)}.", f"It opens {t.when(again)}.")
    yield _desk(t)


def _out_of_service(t: Telling) -> _Lines:
    yield t.detail.service_reason
    if t.detail.not_commissioned:
        yield t.say("Pas encore mise en service.", "Not commissioned yet.")
    if t.point.kind is PointKind.DOOR:
        yield t.say("Prenez une autre porte.", "Take another door.")
    else:
        yield t.say("Prenez une autre machine.", "Take another machine.")
    yield t.say("Un responsable peut dire jusqu’à quand.", "A manager can say until when.")


def _too_old(t: Telling) -> _Lines:
    yield t.say(f"Il ne connaît pas une règle de {t.this()}.", f"It misses a rule of {t.this()}.")
    yield t.say("Un responsable peut le mettre à jour.", "A manager can update it.")


def _fault(t: Telling) -> _Lines:
    if t.detail.can_reset:
        yield t.say("Vérifiez la machine avant de réarmer.", "Check the machine before resetting.")
        return
    yield t.say(f"N’utilisez pas {t.this()}.", f"Do not use {t.this()}.")
    yield t.say("La maintenance peut réarmer ici.", "A maintainer can reset it here.")


def _certification(t: Telling) -> _Lines:
    yield t.say(f"Il faut : {t.certifications()}.", f"Needed: {t.certifications()}.")
    if t.detail.valid_from is not None:
        begins = t.when(t.detail.valid_from)
        yield t.say(f"La vôtre commence {begins}.", f"Yours begins {begins}.")
    yield _next_session(t)
    yield t.say("Un formateur peut vous habiliter.", "A trainer can certify you.")


def _certification_ended(t: Telling) -> _Lines:
    yield t.say(f"À renouveler : {t.certifications()}.", f"To renew: {t.certifications()}.")
    if t.detail.expired_since is not None:
        since = t.since(t.detail.expired_since)
        yield t.say(f"Expirée {since}.", f"Expired {since}.")
    yield _next_session(t)
    yield t.say("Un formateur peut la renouveler.", "A trainer can renew it.")


def _next_session(t: Telling) -> str | None:
    if t.detail.next_session is None:
        return None
    at = t.when(t.detail.next_session)
    return t.say(f"Inscrivez-vous : séance {at}.", f"Enrol: next session {at}.")


def _certification_suspended(t: Telling) -> _Lines:
    yield t.say(f"Suspendue : {t.certifications()}.", f"Suspended: {t.certifications()}.")
    yield t.say("Un formateur peut en parler avec vous.", "A trainer can talk it over with you.")


def _document(t: Telling) -> _Lines:
    yield t.say(f"Il faut : {t.certifications()}.", f"Needed: {t.certifications()}.")
    if t.detail.expired_since is not None:
        since = t.since(t.detail.expired_since)
        yield t.say(f"Expiré {since}.", f"Expired {since}.")
    yield t.say("Remettez-le à l’accueil.", "Hand it in at the desk.")


def _supervisor(t: Telling) -> _Lines:
    if t.detail.host_needed:
        yield t.say("Un hôte doit badger ici avant vous.", "A host must tap here before you.")
        yield t.say("Vous avez ensuite 30 secondes.", "You then have 30 seconds.")
    elif t.detail.supervisor is Supervisor.EACH_START:
        yield t.say("L’encadrant badge ici avant vous.", "The supervisor taps here before you.")
        yield t.say("Vous avez ensuite 30 secondes.", "You then have 30 seconds.")
    else:
        zone = t.zone()
        yield t.say(f"Personne n’encadre {zone}.", f"Nobody supervises {zone}.") if zone else None
        yield t.say("Attendez qu’un encadrant badge.", "Wait until a supervisor taps.")
    yield _desk(t)


def _company(t: Telling) -> _Lines:
    n = t.detail.company
    if n is not None:
        yield t.say(f"Il faut être {n} dans l’espace.", f"There must be {n} people in the room.")
    yield t.say("Faites venir quelqu’un, puis rebadgez.", "Ask someone in, then tap again.")


def _booking(t: Telling) -> _Lines:
    if t.detail.booked_until is not None:
        until = t.when(t.detail.booked_until)
        yield t.say(f"Libre {until}.", f"Free {until}.")
    yield t.say("Réservez en ligne ou à l’accueil.", "Book online or at the desk.")


def _in_use(t: Telling) -> _Lines:
    yield t.say("Quelqu’un d’autre l’utilise.", "Somebody else is using it.")
    yield t.say("Attendez la fin, puis badgez.", "Wait for the end, then tap.")


def _full(t: Telling) -> _Lines:
    if t.detail.capacity is not None:
        n = t.detail.capacity
        yield t.say(f"Nombre de places : {n}.", f"Places: {n}.")
    yield t.say("Attendez que quelqu’un sorte.", "Wait until somebody leaves.")
    yield _desk(t)


def _interlock(t: Telling) -> _Lines:
    yield t.say("Fermez le capot ou la protection.", "Close the lid or the guard.")
    yield t.say("Puis badgez à nouveau.", "Then tap again.")
    yield _manager(t)


_LINES: Mapping[DenyReason, Callable[[Telling], _Lines]] = {
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
