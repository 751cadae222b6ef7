"""Every text about decisions and states, in French and English, the same wherever it is shown."""

from controller.domain.access.decision import Decision, Notice, NoticeKind
from controller.domain.facts import AccessPoint, Language, PointKind, Site
from controller.domain.words.denied import denied_lines
from controller.domain.words.states import (
    Text,
    cause_word,
    door_word,
    fault_text,
    machine_word,
    refusal_text,
    warning_text,
)
from controller.domain.words.telling import TITLES, Telling
from controller.domain.words.time import clock, in_days, say

__all__ = [
    "Text",
    "cause_word",
    "door_word",
    "explain",
    "fault_text",
    "machine_word",
    "notice_text",
    "refusal_text",
    "warning_text",
]


_TODAY_S = 18 * 3600
"""A grant that holds longer than this is not told until when."""


def explain(decision: Decision, point: AccessPoint, site: Site, language: Language) -> Text:
    """The decision in words, for a reader's display, a page and the desk alike.

    Denied: what, then what is missing, what to do, who can help. Granted: a welcome, until when,
    and what ends soon.
    """
    if decision.reason is not None:
        title = say(language, *TITLES[decision.reason])
        return Text(title=title, lines=denied_lines(Telling(decision, point, site, language)))
    notices = (notice_text(n, site, language) for n in decision.notices)
    return Text(
        title=_welcome(point, language), lines=(*_until(decision, site, language), *notices)
    )


def notice_text(notice: Notice, site: Site, language: Language) -> str:
    """One line about what ends or begins soon."""
    days, at = in_days(notice.days, language), clock(notice.at, site.time_zone)
    match notice.kind:
        case NoticeKind.CREDENTIAL_ENDS:
            return say(language, f"Votre badge expire {days}.", f"Your badge expires {days}.")
        case NoticeKind.SUBSCRIPTION_ENDS:
            fr, en = f"Votre abonnement finit {days}.", f"Your subscription ends {days}."
            return say(language, fr, en)
        case NoticeKind.SUBSCRIPTION_GRACE:
            fr = f"Abonnement terminé : accès coupé {days}."
            return say(language, fr, f"Subscription over: access ends {days}.")
        case NoticeKind.CERTIFICATION_ENDS:
            name = _certification_name(notice, site, language)
            return say(language, f"{name} : expire {days}.", f"{name}: expires {days}.")
        case NoticeKind.HOURS_END:
            return say(language, f"Fin des horaires à {at}.", f"Hours end at {at}.")
        case NoticeKind.BOOKED_FROM:
            return say(language, f"Réservée à partir de {at}.", f"Booked from {at}.")


def _welcome(point: AccessPoint, language: Language) -> str:
    if point.kind is PointKind.DOOR:
        return say(language, "Bienvenue", "Welcome")
    return say(language, "Bienvenue, c’est à vous", "Welcome, go ahead")


def _until(decision: Decision, site: Site, language: Language) -> tuple[str, ...]:
    """Until when today, unless a notice says so already."""
    until = decision.detail.hours_until
    is_told = any(n.kind is NoticeKind.HOURS_END for n in decision.notices)
    if until is None or is_told or (until - decision.at).total_seconds() >= _TODAY_S:
        return ()
    at = clock(until, site.time_zone)
    return (say(language, f"Jusqu’à {at}.", f"Until {at}."),)


def _certification_name(notice: Notice, site: Site, language: Language) -> str:
    known = site.certifications.get(notice.certification or "")
    return (known.name.read(language) if known is not None else "") or notice.certification or ""
