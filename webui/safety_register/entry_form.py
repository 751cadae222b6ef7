"""The form that adds an entry to the safety register."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import LONG_TEXT_LENGTH, SafetyKind
from controller.capabilities.safety_register.permissions import SAFETY_WRITE
from controller.capabilities.safety_register.shapes import NewSafetyEntry
from controller.domain.time import Utc
from controller.kernel.errors import FieldError, Invalid
from controller.kernel.validate import parse
from webui.context import context
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.parts import Option
from webui.safety_register.pages import names, pages
from webui.safety_register.views import chips
from webui.undo import flash_done
from webui.write_actions import write_action

OPTIONAL = ("access_point", "zone_id", "place", "hurt", "injury", "done", "measures")
"""Fields of the form that may stay empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForm:
    """The form, with what was typed and the errors by field."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    kinds: tuple[tuple[str, str, str], ...]
    """Value, label and meaning of each kind of entry."""
    points: tuple[Option, ...]
    zones: tuple[Option, ...]
    longest: int = LONG_TEXT_LENGTH


@pages.get("/safety-register/new", SAFETY_WRITE)
def new() -> ResponseReturnValue:
    """Show the form; the address may preselect a machine."""
    now = context().clock().astimezone(site_zone()).strftime("%Y-%m-%dT%H:%M")
    typed = {"access_point": request.args.get("machine", ""), "happened_at": now}
    return _render_form(typed, {})


@pages.post("/safety-register", SAFETY_WRITE)
def write() -> ResponseReturnValue:
    """Add the entry; it stays in the register for good."""
    typed = {key: text.replace("\r\n", "\n").strip() for key, text in request.form.items()}
    with write_action(
        Invalid, lambda problem: (_render_form(typed, _field_errors(problem)), 422)
    ) as (db, now):
        entry = _parsed(typed)
        if entry.kind is not SafetyKind.ACCIDENT and (entry.hurt or entry.injury):
            raise Invalid.of("hurt", "where somebody is hurt, it is an accident")
        new_entry = entries.create(db, entry, actor=actor(), now=now)
    flash_done(_("Entry saved. The people in charge of the place will read it; you can add to it."))
    return redirect(url_for("safety.show", year=new_entry.year, _anchor=f"e-{new_entry.id}"), 303)


def _parsed(typed: Mapping[str, str]) -> NewSafetyEntry:
    """Return the entry in the form. Raises Invalid with every field that has an error."""
    data: dict[str, object] = {"kind": typed.get("kind", ""), "account": typed.get("account", "")}
    data |= {key: typed[key] for key in OPTIONAL if typed.get(key)}
    data["site_id"] = site().id
    at = _typed_moment(typed.get("happened_at", ""))
    data["happened_at"] = (at or context().clock()).text()
    try:
        entry = parse(data, NewSafetyEntry)
    except Invalid as problem:
        if at is not None:
            raise
        raise Invalid((*problem.errors, _NO_TIME)) from problem
    if at is None:
        raise Invalid((_NO_TIME,))
    return entry


_NO_TIME = FieldError("happened_at", "no date and time")


def _typed_moment(text: str) -> Utc | None:
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  # the site's own
        return Utc.of(local.replace(tzinfo=site_zone()))
    except (ValueError, OverflowError):
        return None


def _field_errors(problem: Invalid) -> dict[str, str]:
    words = {
        "kind": _("Choose the type of event."),
        "account": _("Describe what happened, in 2,000 characters at most."),
        "happened_at": _("Enter a day and a time in the past."),
        "access_point": _("This machine is not at this place."),
        "hurt": _("If somebody was hurt, it is an accident. Otherwise, leave this blank."),
        "zone_id": _("This room is not at this place."),
    }
    other = _("The text is too long, or contains a character that is not allowed.")
    return {error.field: words.get(error.field, other) for error in problem.errors}


def _render_form(typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    with context().database.read() as db:
        names_by_id = names(db)
    typed = {"zone_id": names_by_id.rooms.get(typed.get("access_point", ""), ""), **typed}
    nothing = Option(value="", text=_("None"))
    form = EntryForm(
        typed=typed,
        wrong=wrong,
        kinds=_kinds(),
        points=(nothing, *_options(names_by_id.points)),
        zones=(nothing, *_options(names_by_id.zones)),
    )
    return render_template("safety/new.html", page=form)


def _kinds() -> tuple[tuple[str, str, str], ...]:
    meanings = {
        SafetyKind.ACCIDENT: _("somebody was hurt, even a little"),
        SafetyKind.NEAR_MISS: _("nobody was hurt, but could have been"),
        SafetyKind.DANGER: _("nothing happened, but it can"),
    }
    return tuple((kind.value, chip.word, meanings[kind]) for kind, chip in chips().items())


def _options(names_by_id: Mapping[str, str]) -> list[Option]:
    ordered = sorted(names_by_id.items(), key=lambda option: option[1].casefold())
    return [Option(value=key, text=text) for key, text in ordered]
