"""What saving other hours, or another plan, would change, in words."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import url_for

from controller.capabilities.access.hours_effect import HoursChange, HoursEffect, StrandedBooking
from webui.i18n import _, locale, plural
from webui.i18n.dates import clock
from webui.places.hours_views import AffectedPerson, EffectView

NAME_LIMIT = 8
"""How many people are named on each side, as hours affect many of them alike."""


def effect_view(found: HoursEffect, names: Mapping[str, str], zone: ZoneInfo) -> EffectView:
    """Return the effect in the current language; `names` are those of machines and zones."""
    return EffectView(
        after=found.after,
        same=_("%(n)s today.", n=found.before),
        loses=_people(found.loses, zone),
        loses_words=plural("%(n)s person loses hours", "%(n)s people lose hours", found.loses_n)
        if found.loses_n
        else _("Nobody loses an hour"),
        more_lose=found.loses_n - len(found.loses[:NAME_LIMIT]),
        gains=_people(found.gains, zone),
        gains_words=plural("%(n)s person gains hours", "%(n)s people gain hours", found.gains_n)
        if found.gains_n
        else _("Nobody gains an hour"),
        more_gain=found.gains_n - len(found.gains[:NAME_LIMIT]),
        outside=outside_lines(found.outside, names, zone),
        outside_words=plural("%(n)s booking to move", "%(n)s bookings to move", len(found.outside)),
        save=_save(found),
        shown=effect_digest(found),
    )


def effect_digest(found: HoursEffect) -> str:
    """Return a digest of the effect that was shown, to notice changes by others meanwhile."""
    return f"{found.loses_n} {len(found.outside)}"


def outside_lines(
    found: Sequence[StrandedBooking], names: Mapping[str, str], zone: ZoneInfo
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
                when=_when(booking, zone),
                end=clock(booking.ends_at, zone),
            ),
        )
        for booking in found
    )


def _when(booking: StrandedBooking, zone: ZoneInfo) -> str:
    return format_datetime(booking.starts_at, "EEEE d MMMM HH:mm", tzinfo=zone, locale=locale())


def _people(found: Sequence[HoursChange], zone: ZoneInfo) -> tuple[AffectedPerson, ...]:
    return tuple(
        AffectedPerson(
            name=person.name,
            href=url_for("member.show", member=person.member_id) if person.member_id else "",
            why=_(
                "from %(when)s",
                when=format_datetime(person.at, "EEEE HH:mm", tzinfo=zone, locale=locale()),
            ),
        )
        for person in found[:NAME_LIMIT]
    )


def _save(found: HoursEffect) -> str:
    parts = []
    if found.loses_n:
        parts.append(plural("%(n)s loses hours", "%(n)s lose hours", found.loses_n))
    if found.outside:
        parts.append(_("%(n)s to move", n=len(found.outside)))
    return ", ".join([_("Save"), *parts])
