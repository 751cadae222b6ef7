"""What every denial is told with: its title, and the names and moments of its lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.domain.access.decision import Decision, Detail
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import AccessPoint, Language, Name, PointKind, Site
from controller.domain.time import Utc
from controller.domain.words.time import say, since, when

TITLES: Mapping[DenyReason, tuple[str, str]] = {
    DenyReason.CREDENTIAL_UNKNOWN: ("Badge inconnu", "Badge not known"),
    DenyReason.CREDENTIAL_LOST: ("Badge déclaré perdu", "Badge reported lost"),
    DenyReason.CREDENTIAL_SUSPENDED: ("Badge suspendu", "Badge suspended"),
    DenyReason.CREDENTIAL_NOT_YET_VALID: ("Badge pas encore valable", "Badge not valid yet"),
    DenyReason.CREDENTIAL_EXPIRED: ("Badge expiré", "Badge expired"),
    DenyReason.ASSURANCE_TOO_LOW: ("Badge pas assez sûr", "Badge not secure enough"),
    DenyReason.POLICY_STALE: ("Droits trop anciens", "Rights out of date"),
    DenyReason.CLOCK_UNTRUSTED: ("Heure incertaine", "Time not certain"),
    DenyReason.MEMBER_SUSPENDED: ("Accès suspendu", "Access suspended"),
    DenyReason.SUBSCRIPTION_MISSING: ("Abonnement nécessaire", "Subscription needed"),
    DenyReason.SUBSCRIPTION_EXPIRED: ("Abonnement terminé", "Subscription ended"),
    DenyReason.OUTSIDE_PLAN_HOURS: ("Hors de vos horaires", "Outside your hours"),
    DenyReason.SITE_CLOSED: ("Lieu fermé", "Closed now"),
    DenyReason.OUT_OF_SERVICE: ("Hors service", "Out of service"),
    DenyReason.AGENT_TOO_OLD: ("Boîtier à mettre à jour", "Agent to be updated"),
    DenyReason.FAULT_LATCHED: ("En défaut", "Fault"),
    DenyReason.CERTIFICATION_MISSING: ("Habilitation manquante", "Certification missing"),
    DenyReason.CERTIFICATION_EXPIRED: ("Habilitation expirée", "Certification expired"),
    DenyReason.CERTIFICATION_SUSPENDED: ("Habilitation suspendue", "Certification suspended"),
    DenyReason.DOCUMENT_MISSING: ("Document manquant", "Document missing"),
    DenyReason.SUPERVISOR_REQUIRED: ("Encadrement nécessaire", "Supervisor needed"),
    DenyReason.COMPANY_REQUIRED: ("À plusieurs seulement", "Not alone"),
    DenyReason.BOOKING_REQUIRED: ("Réservation nécessaire", "Booking needed"),
    DenyReason.BOOKED_BY_OTHER: ("Déjà réservée", "Already booked"),
    DenyReason.IN_USE: ("Déjà utilisée", "In use"),
    DenyReason.ZONE_FULL: ("Espace complet", "Room full"),
    DenyReason.INTERLOCK_OPEN: ("Sécurité ouverte", "Safety guard open"),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """A decision to be told, about which point of which site, in which language."""

    decision: Decision
    point: AccessPoint
    site: Site
    language: Language

    @property
    def detail(self) -> Detail:
        """What the text is made from."""
        return self.decision.detail

    def say(self, fr: str, en: str) -> str:
        """The text of the language."""
        return say(self.language, fr, en)

    def this(self) -> str:
        """What stands there: this machine, or this door."""
        if self.point.kind is PointKind.DOOR:
            return self.say("cette porte", "this door")
        return self.say("cette machine", "this machine")

    def when(self, moment: Utc) -> str:
        """A moment to come."""
        return when(moment, self.decision.at, self.site.time_zone, self.language)

    def since(self, moment: Utc) -> str:
        """A moment that is over."""
        return since(moment, self.decision.at, self.site.time_zone, self.language)

    def names(self, ids: Iterable[str], of: Mapping[str, Name]) -> str:
        """Names of things of which one is enough; an id that nobody named is its own name."""
        named = [of[id].read(self.language) if id in of else id for id in ids]
        return self.say(" ou ", " or ").join(name for name in named if name)

    def certifications(self) -> str:
        """The certifications at fault, all of which are needed."""
        of = {id: c.name for id, c in self.site.certifications.items()}
        return ", ".join(self.names(group, of) for group in self.detail.certifications)

    def zone(self) -> str:
        """The name of the zone, or nothing."""
        of = {id: z.name for id, z in self.site.zones.items()}
        return self.names([self.detail.zone], of) if self.detail.zone is not None else ""
