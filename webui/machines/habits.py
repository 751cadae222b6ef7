"""The settings of a machine or door, as sentences and as form fields."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import OnEnd, OnRevoke, PointKind, PresenceMode, Takeover
from controller.kernel.errors import Invalid
from webui.i18n import _, pgettext
from webui.i18n.dates import format_remaining
from webui.parts import Option

Typed = Mapping[str, str]
"""Values of the form by field."""

_SCALES = {"idle_min": 60.0, "cool_min": 60.0, "max_h": 3600.0}
"""Seconds in the unit of a form field; the other fields are in seconds."""
_SECONDS = {
    "idle_min": "idle_timeout_s",
    "warn_s": "idle_warn_s",
    "more_s": "idle_warn_more_time_s",
    "cool_min": "cool_down_s",
    "max_h": "max_duration_s",
}
"""Form field of each setting of a machine's session."""
_DOOR_SECONDS = {"pulse_s": "pulse_s", "held_s": "held_s"}
_CHOICES = ("on_end", "on_revoke", "takeover", "presence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting: its text in the sentence, and the form field that changes it."""

    field: str
    text: str
    label: str
    value: str
    options: tuple[Option, ...] = ()
    """Choices; none: the field is a number."""
    wrong: str = ""
    """Why the value was refused; empty: it was not."""


def typed_of(point: AccessPoint) -> dict[str, str]:
    """Return the form's values for the present settings."""
    if point.kind is PointKind.DOOR:
        values = {key: _text(getattr(point.door, name), 1) for key, name in _DOOR_SECONDS.items()}
        return values | {"public_schedule": point.door.public_schedule or ""}
    values = {
        key: _text(getattr(point.session, name), _SCALES.get(key, 1.0))
        for key, name in _SECONDS.items()
    }
    return values | {key: str(getattr(point.session, key)) for key in _CHOICES}


def merge_patch(point: AccessPoint, typed: Typed) -> dict[str, Any]:
    """Return the merge patch for the form's values. Raises Invalid that names the field."""
    if point.kind is PointKind.DOOR:
        door: dict[str, Any] = {
            name: _number(key, typed.get(key, ""), 1.0) for key, name in _DOOR_SECONDS.items()
        }
        return {"door": door | {"public_schedule": typed.get("public_schedule") or None}}
    session: dict[str, Any] = {
        name: _number(key, typed.get(key, ""), _SCALES.get(key, 1.0), may_lack=key == "max_h")
        for key, name in _SECONDS.items()
    }
    return {"session": session | {key: typed.get(key, "") for key in _CHOICES}}


def first_error(error: Invalid) -> tuple[str, str]:
    """Return the first invalid field and its error text."""
    fields = {name: key for key, name in (_SECONDS | _DOOR_SECONDS).items()}
    field = error.errors[0].field.rpartition(".")[2]
    key = fields.get(field, field)
    words = {
        "idle_min": _("Without work: enter a number of minutes, zero or more."),
        "warn_s": _("Warning: enter a number of seconds, zero or more."),
        "more_s": _("For people who need more time: enter a number of seconds, zero or more."),
        "cool_min": _("Cooling: enter a number of minutes, zero or more."),
        "max_h": _("Longest use: enter a number of hours, or leave blank for no limit."),
        "pulse_s": _("Opening: enter a number of seconds, zero or more."),
        "held_s": _("Alarm: enter a number of seconds, zero or more."),
    }
    return key, words.get(key, _("A value no longer exists. Reload the page."))


def behaviour(
    point: AccessPoint,
    typed: Typed,
    schedules: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
) -> dict[str, Setting]:
    """Return the settings by field; `wrong` holds the error text of a refused field."""
    settings = _habits(point, typed, schedules)
    return {
        key: replace(habit, wrong=(wrong or {}).get(key, "")) for key, habit in settings.items()
    }


def _habits(point: AccessPoint, typed: Typed, schedules: Mapping[str, str]) -> dict[str, Setting]:
    if point.kind is PointKind.DOOR:
        return _of_door(point, typed, schedules)
    session = point.session
    longest = session.max_duration_s
    numbers = {
        "idle_min": (session.idle_timeout_s, _("Minutes without work before it stops")),
        "warn_s": (session.idle_warn_s, _("Seconds of warning")),
        "more_s": (session.idle_warn_more_time_s, _("Seconds for people who need more time")),
        "cool_min": (session.cool_down_s, _("Minutes of cooling")),
    }
    settings = {
        key: Setting(field=key, text=format_remaining(value), label=label, value=typed.get(key, ""))
        for key, (value, label) in numbers.items()
    }
    settings["max_h"] = Setting(
        field="max_h",
        text=_("no limit") if longest is None else format_remaining(longest),
        label=_("Hours at most; blank for no limit"),
        value=typed.get("max_h", ""),
    )
    return settings | {key: _choice(key, point, typed) for key in _CHOICES}


def _of_door(point: AccessPoint, typed: Typed, schedules: Mapping[str, str]) -> dict[str, Setting]:
    hours = point.door.public_schedule
    offered = {"": _("never"), **schedules}
    return {
        "pulse_s": Setting(
            field="pulse_s",
            text=format_remaining(point.door.pulse_s),
            label=_("Seconds it stays unlocked"),
            value=typed.get("pulse_s", ""),
        ),
        "held_s": Setting(
            field="held_s",
            text=format_remaining(point.door.held_s),
            label=_("Seconds before the alarm"),
            value=typed.get("held_s", ""),
        ),
        "public_schedule": Setting(
            field="public_schedule",
            text=offered.get(hours or "", hours or ""),
            label=pgettext("machine", "Hours"),
            value=typed.get("public_schedule", ""),
            options=tuple(Option(value=key, text=text) for key, text in offered.items()),
        ),
    }


def _choice(key: str, point: AccessPoint, typed: Typed) -> Setting:
    every: Mapping[str, Mapping[str, str]] = {
        "on_end": {
            OnEnd.WAIT_IDLE: _("it finishes, then turns off"),
            OnEnd.REFUSE: _("it refuses and keeps running"),
            OnEnd.CUT: _("it stops at once"),
        },
        "on_revoke": {
            OnRevoke.FINISH: _("the current job finishes"),
            OnRevoke.CUT: _("it stops at once"),
        },
        "takeover": {
            Takeover.DENY: _("never"),
            Takeover.WHEN_IDLE: _("when it is idle"),
            Takeover.ALLOW: _("at any time"),
        },
        "presence": {
            PresenceMode.TAP: _("is tapped at the start and at the end"),
            PresenceMode.SLOT: _("stays in the slot"),
        },
    }
    words = every[key]
    labels = {
        "on_end": _("Badge tapped during work"),
        "on_revoke": _("When access or hours end"),
        "takeover": _("Another certified person may take it over"),
        "presence": _("The badge"),
    }
    return Setting(
        field=key,
        text=words[getattr(point.session, key)],
        label=labels[key],
        value=typed.get(key, ""),
        options=tuple(Option(value=str(word), text=text) for word, text in words.items()),
    )


def _text(seconds: float | None, scale: float) -> str:
    return "" if seconds is None else f"{seconds / scale:g}"


def _number(field: str, text: str, scale: float, may_lack: bool = False) -> float | None:
    """Parse a number with a comma or a point, and convert it to seconds."""
    text = text.strip().replace(",", ".")
    if not text and may_lack:
        return None
    try:
        number = float(text) * scale
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000:
        raise Invalid.of(field, "a number from 0")
    return number
