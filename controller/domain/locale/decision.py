"""Texts about decisions, the same on the display, on pages and for the desk."""

from controller.domain.access.decision import Decision, Notice, NoticeKind
from controller.domain.facts import AccessPoint, PointKind, Site
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision_context import DecisionContext
from controller.domain.locale.denial_text import denied_lines
from controller.domain.locale.states import (
    Text,
    cause_word,
    door_word,
    fault_text,
    machine_word,
    refusal_text,
    warning_text,
)
from controller.domain.locale.time import clock, in_days

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
"""A grant that lasts longer than this (in seconds) is shown without its end."""


def explain(decision: Decision, point: AccessPoint, site: Site, translator: Translator) -> Text:
    """Return the decision in words, for a reader's display, a page and the desk alike.

    Denied: the reason, then the missing rights, what to do, who can help. Granted: a welcome, until
    when, and what ends soon.
    """
    if decision.reason is not None:
        context = DecisionContext(decision, point, site, translator)
        return Text(title=context.title, lines=denied_lines(context))
    notices = (notice_text(n, site, translator) for n in decision.notices)
    return Text(
        title=_welcome_text(point, translator),
        lines=(*_end_line(decision, site, translator), *notices),
    )


def notice_text(notice: Notice, site: Site, translator: Translator) -> str:
    """Return one line about something that ends or begins soon."""
    days, at = in_days(notice.days, translator), clock(notice.at, site.time_zone)
    match notice.kind:
        case NoticeKind.CREDENTIAL_ENDS:
            return translator.say("Your badge expires %(days)s.", days=days)
        case NoticeKind.SUBSCRIPTION_ENDS:
            return translator.say("Your subscription ends %(days)s.", days=days)
        case NoticeKind.SUBSCRIPTION_GRACE:
            return translator.say("Subscription ended: access ends %(days)s.", days=days)
        case NoticeKind.CERTIFICATION_ENDS:
            name = _certification_name(notice, site, translator)
            return translator.say("%(name)s: expires %(days)s.", name=name, days=days)
        case NoticeKind.HOURS_END:
            return translator.say("Hours end at %(time)s.", time=at)
        case NoticeKind.BOOKED_FROM:
            return translator.say("Booked from %(time)s.", time=at)


def _welcome_text(point: AccessPoint, translator: Translator) -> str:
    if point.kind is PointKind.DOOR:
        return translator.say("Welcome")
    return translator.say("Welcome, go ahead")


def _end_line(decision: Decision, site: Site, translator: Translator) -> tuple[str, ...]:
    """Return the line with today's end, unless a notice contains it."""
    until = decision.detail.hours_until
    is_in_notice = any(n.kind is NoticeKind.HOURS_END for n in decision.notices)
    if until is None or is_in_notice or (until - decision.at).total_seconds() >= _TODAY_S:
        return ()
    at = clock(until, site.time_zone)
    return (translator.say("Until %(time)s.", time=at),)


def _certification_name(notice: Notice, site: Site, translator: Translator) -> str:
    certification = site.certifications.get(notice.certification or "")
    return (
        (certification.name.read(translator.language) if certification is not None else "")
        or notice.certification
        or ""
    )
