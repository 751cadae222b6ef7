"""The effect of saving other hours or another plan, as text."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import url_for

from controller.capabilities.access.hours_effect import HoursChange, HoursEffect, StrandedBooking
from webui.i18n import _, locale, plural
from webui.i18n.dates import clock
from webui.places.hours_views import AffectedPerson, EffectView

NAME_LIMIT = 8
"""How many people are named among those who lose hours, and among those who gain some."""


def effect_view(effect: HoursEffect, names: Mapping[str, str], zone: ZoneInfo) -> EffectView:
    """Return the effect in the current language; `names` are those of machines and zones."""
    return EffectView(
        after=effect.after,
        same=_("%(n)s today.", n=effect.before),
        loses=_affected_people(effect.loses, zone),
        loses_words=plural("%(n)s person loses hours", "%(n)s people lose hours", effect.loses_n)
        if effect.loses_n
        else _("Nobody loses an hour"),
        more_lose=effect.loses_n - len(effect.loses[:NAME_LIMIT]),
        gains=_affected_people(effect.gains, zone),
        gains_words=plural("%(n)s person gains hours", "%(n)s people gain hours", effect.gains_n)
        if effect.gains_n
        else _("Nobody gains an hour"),
        more_gain=effect.gains_n - len(effect.gains[:NAME_LIMIT]),
        outside=outside_lines(effect.outside, names, zone),
        outside_words=plural(
            "%(n)s booking to move", "%(n)s bookings to move", len(effect.outside)
        ),
        save=_save_label(effect),
        shown=effect_digest(effect),
    )


def effect_digest(effect: HoursEffect) -> str:
    """Return what identifies the effect: if it differs on saving, the effect has changed since."""
    return f"{effect.loses_n} {len(effect.outside)}"


def outside_lines(
    bookings: Sequence[StrandedBooking], names: Mapping[str, str], zone: ZoneInfo
) -> tuple[AffectedPerson, ...]:
    """Return the bookings that would fall outside the hours."""
    return tuple(
        AffectedPerson(
            name=booking.name,
            href=url_for(
                "bookings.show",
                day=booking.starts_at.astimezone(zone).date().isoformat(),
                thing=booking.thing,
                _anchor="slot",
            ),
            why=_(
                "%(thing)s, %(when)s to %(end)s",
                thing=names.get(booking.thing, booking.thing),
                when=_when_text(booking, zone),
                end=clock(booking.ends_at, zone),
            ),
        )
        for booking in bookings
    )


def _when_text(booking: StrandedBooking, zone: ZoneInfo) -> str:
    return format_datetime(booking.starts_at, "EEEE d MMMM HH:mm", tzinfo=zone, locale=locale())


def _affected_people(changes: Sequence[HoursChange], zone: ZoneInfo) -> tuple[AffectedPerson, ...]:
    return tuple(
        AffectedPerson(
            name=person.name,
            href=url_for("member.show", member=person.member_id) if person.member_id else "",
            why=_(
                "from %(when)s",
                when=format_datetime(person.at, "EEEE HH:mm", tzinfo=zone, locale=locale()),
            ),
        )
        for person in changes[:NAME_LIMIT]
    )


def _save_label(effect: HoursEffect) -> str:
    parts = []
    if effect.loses_n:
        parts.append(plural("%(n)s loses hours", "%(n)s lose hours", effect.loses_n))
    if effect.outside:
        parts.append(_("%(n)s to move", n=len(effect.outside)))
    return ", ".join([_("Save"), *parts])
