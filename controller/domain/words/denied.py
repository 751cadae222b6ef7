"""Why access is denied, in words: what is missing, then what to do, then who can help."""

from collections.abc import Callable, Iterable, Mapping

from controller.domain.access.reasons import DenyReason
from controller.domain.facts import Assurance, PointKind, Supervisor
from controller.domain.words.catalogue import N_
from controller.domain.words.telling import Telling
from controller.domain.words.time import lasting

_Lines = Iterable[str | None]

_BADGES = {
    Assurance.UID: N_("Il faut un badge lu ici."),
    Assurance.SUN: N_("Il faut un badge protégé contre la copie."),
    Assurance.AES: N_("Il faut un badge chiffré."),
}


def denied_lines(telling: Telling) -> tuple[str, ...]:
    """The lines below the title."""
    reason = telling.decision.reason
    lines = _LINES[reason](telling) if reason is not None else ()
    return tuple(line for line in lines if line)


def _desk(t: Telling) -> str:
    return t.say("L’accueil peut vous aider.")


def _manager(t: Telling) -> str:
    return t.say("Prévenez un responsable.")


def _unknown(t: Telling) -> _Lines:
    yield t.say("Présentez-le à nouveau.")
    yield t.say("L’accueil peut l’enregistrer.")


def _lost(t: Telling) -> _Lines:
    yield t.say("Rapportez-le à l’accueil.")


def _suspended(t: Telling) -> _Lines:
    yield _desk(t)


def _not_yet(t: Telling) -> _Lines:
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say("Il sera valable %(when)s.", when=t.when(begins))
    yield _desk(t)


def _expired(t: Telling) -> _Lines:
    ended = t.detail.expired_since
    if ended is not None:
        yield t.say("Expiré %(since)s.", since=t.since(ended))
    yield t.say("L’accueil peut le prolonger.")


def _assurance(t: Telling) -> _Lines:
    if t.detail.assurance is not None:
        yield t.say(_BADGES[t.detail.assurance])
    yield t.say("Présentez-le à nouveau, bien à plat.")
    yield t.say("L’accueil peut vous en remettre un.")


def _stale(t: Telling) -> _Lines:
    age_s = t.detail.policy_age_s
    if age_s is not None:
        lasts = lasting(age_s, t.translator)
        yield t.say("Ce lecteur est sans nouvelles depuis %(lasts)s.", lasts=lasts)
    yield t.say("Réessayez quand le réseau est revenu.")
    yield _manager(t)


def _clock(t: Telling) -> _Lines:
    yield t.say("Cette machine attend l’heure exacte.")
    yield t.say("Réessayez dans quelques minutes.")
    yield _manager(t)


def _member(t: Telling) -> _Lines:
    yield t.say("Un responsable du lieu peut en parler.")


def _subscription(t: Telling) -> _Lines:
    plans = t.names(t.detail.plans, {id: p.name for id, p in t.site.plans.items()})
    begins = t.detail.valid_from
    if begins is not None:
        yield t.say("Le vôtre commence %(when)s.", when=t.when(begins))
    elif plans:
        yield t.say("Il faut : %(plans)s.", plans=plans)
    yield t.say("L’accueil peut vous abonner.")


def _subscription_ended(t: Telling) -> _Lines:
    ended = t.detail.expired_since
    if ended is not None:
        yield t.say("Terminé %(since)s.", since=t.since(ended))
    yield t.say("L’accueil peut le renouveler.")


def _plan_hours(t: Telling) -> _Lines:
    again = t.detail.reopens_at
    if again is not None:
        yield t.say("Vos horaires reprennent %(when)s.", when=t.when(again))
    yield t.say("L’accueil peut changer l’abonnement.")


def _closed(t: Telling) -> _Lines:
    again = t.detail.reopens_at
    if again is not None:
        yield t.say("Il ouvre %(when)s.", when=t.when(again))
    yield _desk(t)


def _out_of_service(t: Telling) -> _Lines:
    yield t.detail.service_reason
    if t.detail.not_commissioned:
        yield t.say("Pas encore mise en service.")
    if t.point.kind is PointKind.DOOR:
        yield t.say("Prenez une autre porte.")
    else:
        yield t.say("Prenez une autre machine.")
    yield t.say("Un responsable peut dire jusqu’à quand.")


def _too_old(t: Telling) -> _Lines:
    yield t.say("Il ne connaît pas une règle de %(this)s.", this=t.this())
    yield t.say("Un responsable peut le mettre à jour.")


def _fault(t: Telling) -> _Lines:
    if t.detail.can_reset:
        yield t.say("Vérifiez la machine avant de réarmer.")
        return
    yield t.say("N’utilisez pas %(this)s.", this=t.this())
    yield t.say("La maintenance peut réarmer ici.")


def _certification(t: Telling) -> _Lines:
    yield t.say("Il faut : %(names)s.", names=t.certifications())
    if t.detail.valid_from is not None:
        yield t.say("La vôtre commence %(when)s.", when=t.when(t.detail.valid_from))
    yield _next_session(t)
    yield t.say("Un formateur peut vous habiliter.")


def _certification_ended(t: Telling) -> _Lines:
    yield t.say("À renouveler : %(names)s.", names=t.certifications())
    if t.detail.expired_since is not None:
        yield t.say("Expirée %(since)s.", since=t.since(t.detail.expired_since))
    yield _next_session(t)
    yield t.say("Un formateur peut la renouveler.")


def _next_session(t: Telling) -> str | None:
    if t.detail.next_session is None:
        return None
    return t.say("Inscrivez-vous : séance %(when)s.", when=t.when(t.detail.next_session))


def _certification_suspended(t: Telling) -> _Lines:
    yield t.say("Suspendue : %(names)s.", names=t.certifications())
    yield t.say("Un formateur peut en parler avec vous.")


def _document(t: Telling) -> _Lines:
    yield t.say("Il faut : %(names)s.", names=t.certifications())
    if t.detail.expired_since is not None:
        yield t.say("Expiré %(since)s.", since=t.since(t.detail.expired_since))
    yield t.say("Remettez-le à l’accueil.")


def _supervisor(t: Telling) -> _Lines:
    if t.detail.host_needed:
        yield t.say("Un hôte doit badger ici avant vous.")
        yield t.say("Vous avez ensuite 30 secondes.")
    elif t.detail.supervisor is Supervisor.EACH_START:
        yield t.say("L’encadrant badge ici avant vous.")
        yield t.say("Vous avez ensuite 30 secondes.")
    else:
        zone = t.zone()
        yield t.say("Personne n’encadre %(zone)s.", zone=zone) if zone else None
        yield t.say("Attendez qu’un encadrant badge.")
    yield _desk(t)


def _company(t: Telling) -> _Lines:
    n = t.detail.company
    if n is not None:
        yield t.translator.count(
            "Il faut être %(n)s dans l’espace.", "Il faut être %(n)s dans l’espace.", n
        )
    yield t.say("Faites venir quelqu’un, puis rebadgez.")


def _booking(t: Telling) -> _Lines:
    if t.detail.booked_until is not None:
        yield t.say("Libre %(when)s.", when=t.when(t.detail.booked_until))
    yield t.say("Réservez en ligne ou à l’accueil.")


def _in_use(t: Telling) -> _Lines:
    yield t.say("Attendez la fin, puis badgez.")


def _full(t: Telling) -> _Lines:
    if t.detail.capacity is not None:
        yield t.say("Nombre de places : %(n)s.", n=t.detail.capacity)
    yield t.say("Attendez que quelqu’un sorte.")
    yield _desk(t)


def _interlock(t: Telling) -> _Lines:
    names = t.inputs()
    if t.is_start_refused:
        yield t.say("Mettez la machine en position de départ.")
    else:
        yield t.say("Fermez le capot ou la protection.")
    yield t.say("À vérifier : %(names)s.", names=names) if names else None
    yield t.say("Puis badgez à nouveau.")
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
