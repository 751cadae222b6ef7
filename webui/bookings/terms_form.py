"""The site's booking rules, as a sentence and as a form."""

from collections.abc import Callable, Mapping

from controller.capabilities.bookings.terms import Terms
from webui.bookings.views import TermField, TermsForm
from webui.i18n import _
from webui.i18n.dates import format_remaining
from webui.parts import Option

LENGTH_CHOICES_MIN = (60, 120, 240, 480, 1440)
"""Choices of the longest booking, in minutes."""
AHEAD = (7, 14, 30, 90)
"""Choices of how far ahead one may book, in days."""
RELEASE = (10, 15, 30, 60)
"""Choices of when an unused booking is released, in minutes."""


def sentence(terms: Terms, *, is_machine: bool = True) -> str:
    """Return the longest booking, the time ahead, and when an unused machine is released, as
    text."""
    texts = []
    if terms.longest_min is not None:
        texts.append(_("at most %(time)s at a time", time=_minutes(terms.longest_min)))
    if terms.ahead_days is not None:
        texts.append(_("at most %(n)s days ahead", n=terms.ahead_days))
    first = ", ".join(texts) or _("of any length, at most a year ahead")
    last = _("Can be cancelled until it ends.")
    if is_machine and terms.release_min is not None:
        time = _minutes(terms.release_min)
        last += " " + _("A machine is released after %(time)s if nobody taps a badge.", time=time)
    return f"{first[:1].upper()}{first[1:]}. {last}"


def form(terms: Terms) -> TermsForm:
    """Return the form with the sentence and its three values."""
    return TermsForm(
        sentence=sentence(terms),
        fields=(
            _field(
                "longest_min", _("Longest booking"), terms.longest_min, LENGTH_CHOICES_MIN, _minutes
            ),
            _field("ahead_days", _("Maximum time ahead"), terms.ahead_days, AHEAD, _days),
            _field(
                "release_min",
                _("Released without a badge after"),
                terms.release_min,
                RELEASE,
                _minutes,
            ),
        ),
    )


def form_fields(fields: Mapping[str, str]) -> dict[str, object]:
    """Return the form's values as text; empty ones are None."""
    return {
        key: None if fields.get(key, "") == "" else fields[key]
        for key in ("longest_min", "ahead_days", "release_min")
    }


def _field(
    name: str, label: str, value: int | None, offered: tuple[int, ...], say: Callable[[int], str]
) -> TermField:
    numbers = sorted({*offered, *([] if value is None else [value])})
    return TermField(
        name=name,
        label=label,
        value="" if value is None else str(value),
        options=(
            Option(value="", text=_("no limit") if name != "release_min" else _("never")),
            *(Option(value=str(number), text=say(number)) for number in numbers),
        ),
    )


def _minutes(number: int) -> str:
    return format_remaining(number * 60)


def _days(number: int) -> str:
    return _("%(n)s days", n=number)
