"""The page of hours and plans: the week, today's changes, special days, and what each plan
opens."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import msgspec
from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.access import closed_days
from controller.capabilities.access.hours_effect import HoursEffect
from controller.capabilities.places import french_days, schedules, school, sites
from controller.capabilities.places.days import Day
from controller.capabilities.places.models import ScheduleRow
from controller.capabilities.places.shapes import NewSchedule, Span, Weekly
from controller.capabilities.plans import plans
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import ControlCharacter, Forbidden, Invalid, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.forms import PageError
from webui.guard import actor, site, site_zone
from webui.i18n import _, current, plural
from webui.members.member_action import refuse
from webui.navigation import HOURS, Nav
from webui.parts import CardState
from webui.places import day_changes, hours_presenter, plan_view, week_form
from webui.places.calendar import MAX_PERIOD_DAYS, OpeningDays, night_note
from webui.places.hours_effect import effect_digest
from webui.places.hours_presenter import HoursTrial
from webui.places.hours_views import SpecialDays
from webui.places.reading import PlaceReader
from webui.places.special_days import effect_of_days
from webui.request_transaction import request_transaction
from webui.undo import done_with_undo, flash_done

MAX_SPECIAL_DAYS = 62
"""How many special days can be set at once."""

pages = Pages("hours", __name__)


def card_state() -> CardState:
    """Return the card's text: whether the site is open, and until when."""
    with request_transaction() as db:
        return CardState(hours_presenter.opening_text(_place_reader(db)))


@pages.get(
    "/hours",
    Permission.LIVE_READ,
    nav=Nav(
        entry=HOURS,
        place=20,
        text=HOURS.text,
        also="hours plans subscriptions opening horaires formules abonnements closing "
        "print imprimer",
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the page; if a week or a plan is being tried, with what it would change."""
    try:
        return render(hours_presenter.read_trial())
    except Invalid:
        abort(400)


@pages.post("/hours/opening", Permission.RULES_WRITE)
def give_opening() -> ResponseReturnValue:
    """Create opening hours for a site without any: day and night, so that nothing changes yet."""
    web, who, place = context(), actor(), site()
    name = Label(fr="Ouverture", en="Opening")
    week = tuple(Weekly(weekday=day, start="00:00", end="00:00") for day in range(7))
    with web.database.write() as db:
        key = unused_slug(db, ScheduleRow, "ouverture")
        new = NewSchedule(id=key, site_id=place.id, name=name, weekly=week)
        schedules.create(db, new, actor=who, now=web.clock())
        sites.change(db, place.id, {"opening": key}, version=None, actor=who, now=web.clock())
    flash_done(_("The place now has hours: day and night, until you change them."))
    return _redirect_to(key)


@pages.post("/hours/schedules/<schedule>/week", Permission.RULES_WRITE)
def save_week(schedule: str) -> ResponseReturnValue:
    """Save a week, if its effect is still the one that was shown."""
    web = context()
    try:
        weekly = week_form.of_json(request.form.get("weekly", ""))
        _check_effect(lambda it: hours_presenter.effect_of_week(it, it.schedule(schedule), weekly))
        with web.database.write() as db:
            reading = _place_reader(db)
            old = reading.schedule(schedule)
            patch = {"weekly": msgspec.to_builtins(weekly)}
            new = schedules.change(
                db, schedule, patch, version=version(), actor=reading.who, now=reading.now
            )
    except Stale:
        return render(_retry_week(schedule)), 422
    except Invalid:
        abort(400)
    text = _("Hours saved. The boxes apply them at once.")
    back = week_form.as_json(old.weekly)
    done_with_undo(text, "hours.save_week", schedule=schedule, weekly=back, version=new.version)
    return _redirect_to(schedule)


@pages.post("/hours/schedules/<schedule>/today", Permission.RULES_WRITE)
def change_today(schedule: str) -> ResponseReturnValue:
    """Close early or stay open longer, today only."""
    opening_days, note = _opening_days(schedule), ""
    minute, (spans, later) = opening_days.minute, opening_days.current_spans()
    today, is_now = opening_days.today.isoformat(), request.form.get("close") == "now"
    if not is_now and request.form.get("day", today) != today:
        refuse(_("The page was from another day: nothing has changed. These are today’s hours."))
        return _redirect_to(schedule)
    if close := request.form.get("close", ""):
        spans = week_form.cut_spans_at(spans, _minute(close, minute))
        text = _("Closes at %(time)s today.", time=week_form.clock(_minute(close, minute)))
        note = opening_days.closing_note()
    elif stay := request.form.get("stay", ""):
        until = _minute(stay, minute) or week_form.DAY_MIN
        spans = week_form.extend_last_span(spans, until, minute)
        text = _("Open until %(time)s today.", time=week_form.clock(until))
    else:
        abort(400)
    days = day_changes.today_with(opening_days, spans, later, _reason(), closes=bool(close))
    return _save_days(schedule, days, text, note)


@pages.post("/hours/schedules/<schedule>/days", Permission.RULES_WRITE)
def set_days(schedule: str) -> ResponseReturnValue:
    """Save special days: closed, or open at other hours."""
    form = request.form
    try:
        first, last = _dates_of(form)
        days, note = _days_of(form, _opening_days(schedule), first, last)
    except PageError as error:
        return render(HoursTrial(day_errors=error.wrong, days=form)), 422
    except Invalid:
        wrong = _("Enter a first and a last day, at most two months apart, and both times.")
        return render(HoursTrial(wrong=wrong, days=form)), 422
    if first < context().clock().astimezone(site_zone()).date():
        past = _("This day has passed: its hours have already been used. Choose a later day.")
        return render(HoursTrial(day_errors={"first": past}, days=form)), 422
    number = (last - first).days + 1
    text = plural("%(n)s special day saved.", "%(n)s special days saved.", number)
    replaced_days = _opening_days(schedule).replaced_days(days, last)
    return _save_days(schedule, days, text, note, replaced_days)


def _dates_of(fields: Mapping[str, str]) -> tuple[date, date]:
    """Return the first and the last day in the form. Raises Invalid."""
    first = _date(fields.get("first", ""))
    last = _date(fields.get("last") or fields.get("first", ""))
    if not timedelta(0) <= last - first < timedelta(days=MAX_SPECIAL_DAYS):
        raise Invalid.of("last", "before the first, or too far from it")
    return first, last


def _days_of(
    fields: Mapping[str, str], opening_days: OpeningDays, first: date, last: date
) -> tuple[list[Day], str]:
    """Return these days as the form has them, with what else changes. Raises Invalid."""
    if fields.get("how") == "open":
        span = parse({key: fields.get(key, "") for key in ("start", "end")}, Span)
        return day_changes.open_days(opening_days, first, last, span, _reason())
    every = day_changes.days_between(first, last)
    closed = [Day(date=day, windows=(), reason=_reason()) for day in every]
    return closed, night_note(opening_days, last)


@pages.post("/hours/schedules/<schedule>/days/remove", Permission.RULES_WRITE)
def remove_days(schedule: str) -> ResponseReturnValue:
    """Remove special days, so that the regular hours apply again."""
    try:
        first, last = (_date(request.form.get(field, "")) for field in ("first", "last"))
    except Invalid:
        abort(400)
    if not timedelta(0) <= last - first < timedelta(days=MAX_PERIOD_DAYS):
        abort(400)
    usual = day_changes.usual_days(_opening_days(schedule), first, last)
    return _save_days(schedule, usual, _("The usual hours apply again."))


@pages.post("/hours/schedules/<schedule>/days/put-back", Permission.RULES_WRITE)
def restore_days(schedule: str) -> ResponseReturnValue:
    """Restore the days as they were before the last change."""
    try:
        days = msgspec.json.decode(request.form.get("days", ""), type=list[Day])
    except (msgspec.MsgspecError, RecursionError):
        abort(400)
    return _save_days(schedule, days, _("Restored as before."), is_asked=False)


@pages.post("/hours/schedules/<schedule>/holidays", Permission.RULES_WRITE)
def close_holidays(schedule: str) -> ResponseReturnValue:
    """Close on every public holiday of the coming year, except those that are special days
    already."""
    opening_days = _opening_days(schedule)
    days = [
        Day(date=holiday.day, windows=(), reason=holiday.name.read(current()))
        for holiday in french_days.upcoming_holidays(opening_days.today)
        if opening_days.special_day(holiday.day) is None and opening_days.spans(holiday.day)
    ]
    if not days:
        return _redirect_to(schedule)
    text = plural("Closed on %(n)s public holiday.", "Closed on %(n)s public holidays.", len(days))
    return _save_days(schedule, days, text)


@pages.post("/hours/schools", Permission.RULES_WRITE)
def keep_school() -> ResponseReturnValue:
    """Replace the school holidays by those in the ministry's file."""
    file, web = request.files.get("file"), context()
    data = file.read() if file else b""
    zone = request.form.get("zone", "")
    with web.database.read() as db:
        time_zone = _place_reader(db).zone
    try:
        if not data or len(data) > school.MAX_FILE_BYTES:
            raise Invalid.of("file", "empty, or too large")
        holidays = school.read_holidays(data, zone, time_zone)
    except Invalid:
        wrong = _(
            "This file has no holidays for that zone. Use “Calendrier scolaire” from "
            "data.education.gouv.fr, as CSV."
        )
        return render(HoursTrial(wrong=wrong)), 422
    with web.database.write() as db:
        stored = school.replace_holidays(db, site().id, holidays, actor=actor(), now=web.clock())
    flash_done(plural("%(n)s holiday saved.", "%(n)s holidays saved.", stored))
    return redirect(url_for("hours.show", _anchor="school"), 303)


@pages.post("/hours/plans/<plan>", Permission.RULES_WRITE)
def save_plan(plan: str) -> ResponseReturnValue:
    """Save a plan, if its effect is still the one that was shown."""
    web = context()
    try:
        new = plan_view.of_json(request.form.get("fields", ""))
        _check_effect(
            lambda it: hours_presenter.effect_of_plan(it, plans.get(it.db, plan, actor=it.who), new)
        )
        with web.database.write() as db:
            old = plans.get(db, plan, actor=actor())
            patch = msgspec.to_builtins(new)
            after = plans.change(db, plan, patch, version=version(), actor=actor(), now=web.clock())
    except Stale:
        refuse(_("Something has changed in the meantime. Check the effect again, then save."))
        return redirect(url_for("hours.show", _anchor=f"plan-{plan}"), 303)
    except Invalid:
        abort(400)
    back = plan_view.as_json(plan_view.fields_of(old))
    text = _("Plan saved. It applies from the next tap.")
    done_with_undo(text, "hours.save_plan", plan=plan, fields=back, version=after.version)
    return redirect(url_for("hours.show", _anchor=f"plan-{plan}"), 303)


def _place_reader(db: Session) -> PlaceReader:
    return PlaceReader(db, actor(), site(), context().clock())


def _opening_days(schedule: str) -> OpeningDays:
    with context().database.read() as db:
        reading = _place_reader(db)
        return hours_presenter.opening_days(reading, reading.schedule(schedule))


def render(trial: HoursTrial) -> str:
    """Return the page, with what is tried or was refused."""
    with context().database.read() as db:
        page = hours_presenter.read_page(_place_reader(db), trial)
    return render_template("hours/hours.html", page=page)


def _check_effect(effect: Callable[[PlaceReader], HoursEffect]) -> None:
    """Raise Stale if saving would have another effect than was shown.

    An undo sends no effect, and is not checked.
    """
    shown = request.form.get("shown")
    if shown is None:
        return
    with context().database.read() as db:
        current = effect(_place_reader(db))
    if effect_digest(current) != shown:
        raise Stale("another effect than was shown")


def _retry_week(schedule: str) -> HoursTrial:
    """Return the trial of the week again, with the effect that it has now."""
    weekly = week_form.of_json(request.form.get("weekly", ""))
    fields: dict[str, str] = {}
    for weekday in range(7):
        of_day = [window for window in weekly if window.weekday == weekday]
        for n, window in enumerate(of_day):
            fields |= {f"d{weekday}-{n}-a": window.start, f"d{weekday}-{n}-b": window.end}
    wrong = _("Something has changed in the meantime. This is the new effect.")
    return HoursTrial(schedule, week=fields, whole=True, wrong=wrong)


def _save_days(
    schedule: str,
    days: Sequence[Day],
    text: str,
    note: str = "",
    replaced_days: Sequence[SpecialDays] = (),
    *,
    is_asked: bool = True,
) -> ResponseReturnValue:
    """Save these days and offer to undo that; `note` is what else changes with them.

    If bookings or sessions would fall outside, or other special days would be replaced, the page
    shows that first, and saves on the second request. With `is_asked` False, as in an undo, it
    saves at once.
    """
    web, who = context(), actor()
    try:
        with web.database.write() as db:
            reading = _place_reader(db)
            effect = (
                effect_of_days(reading, schedule, days, note, replaced_days) if is_asked else None
            )
            if is_saved := effect is None or effect.shown == request.form.get("shown"):
                before = closed_days.change(
                    db, schedule, days, site_id=site().id, actor=who, now=reading.now
                )
    except ControlCharacter:  # in the reason; the page of this error names it
        raise
    except Invalid:
        abort(400)
    except Forbidden:
        abort(403)
    if not is_saved:
        return render(HoursTrial(days_effect=effect)), 422
    text = f"{text} {note}".rstrip()
    if effect is not None and effect.notice is not None:
        text = f"{text} {_('Bookings: %(who)s.', who=effect.notice.summary)}"
    if before == [*days]:  # sent twice: undoing it would bring back what the first one saved
        flash_done(text)
    else:
        back = msgspec.json.encode(before).decode()
        done_with_undo(text, "hours.restore_days", schedule=schedule, days=back)
    return _redirect_to(schedule)


def _redirect_to(schedule: str) -> ResponseReturnValue:
    return redirect(url_for("hours.show", schedule=schedule), 303)


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:200]


def _minute(text: str, now: int) -> int:
    """Return the minute of the day in the text, or `now` for the text `now`.

    Aborts with 400 for an invalid time.
    """
    if text == "now":
        return now
    hour, _colon, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        abort(400)
    return int(hour) * 60 + int(minute)


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise Invalid.of("first", f"{text[:20]} is no date") from problem
    if not date.min < day < date.max:  # the days before and after are read too
        raise Invalid.of("first", f"{text[:20]} has no day before or after it")
    return day
