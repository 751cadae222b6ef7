"""Reads all that the page of hours and plans shows, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from controller.capabilities.access import hours_effect
from controller.capabilities.access.hours_effect import HoursEffect
from controller.capabilities.places import days, schedules, school
from controller.capabilities.places.shapes import Schedule, ScheduleFields, Weekly
from controller.capabilities.plans import plans
from controller.capabilities.plans.holders import HolderCounts, count_holders
from controller.capabilities.plans.shapes import Plan, PlanFields
from controller.domain import facts
from controller.domain.facts import Language, Name
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid, NotFound
from controller.policy import facts_of
from controller.policy.policy_reader import head
from webui.guard import is_allowed
from webui.i18n import _, plural
from webui.machines.panels import ROW_LIMIT
from webui.naming import label_texts, name_fields, read_label
from webui.paging import all_items
from webui.places import plan_view, special_days, week_form
from webui.places.calendar import OpeningDays, calendar, today_view
from webui.places.hours_draw import draw_week, tab, time_error
from webui.places.hours_effect import effect_view
from webui.places.hours_head import OpeningSummary
from webui.places.hours_views import DaysEffect, EffectView, HoursPage, NameForm, PlanView, WeekView
from webui.places.reading import PlaceReader


@dataclass(frozen=True, slots=True)
class HoursTrial:
    """A change that is tried and not saved: another week or another plan.

    Or a form that was refused.
    """

    schedule: str = ""
    week: Mapping[str, str] | None = None
    """The fields of another week for `schedule`; None: none is tried."""
    plan: str = ""
    fields: MultiDict[str, str] | None = None
    """The fields of another plan for `plan`; None: none is tried."""
    whole: bool = False
    """Whether to compute the effect even if that takes long."""
    wrong: str = ""
    """The error that concerns the whole page; empty: none."""
    day_errors: Mapping[str, str] = field(default_factory=dict)
    """The errors of fields of the special days' form."""
    days: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the special days' form that was refused."""
    days_effect: DaysEffect | None = None
    """What special days would leave outside the hours, shown before they are saved."""
    naming: str = ""
    """Which name's form was refused, as `plan:ID`; for a new plan `plan:`."""
    names: Mapping[str, str | None] = field(default_factory=dict)

    def form_of(self, thing: str, names: Mapping[str, str | None], place: Language) -> NameForm:
        """Return the form for a name, with the typed text if this form was refused."""
        is_refused = self.naming == thing
        fields = name_fields(self.names if is_refused else names, place)
        return NameForm(fields=fields, wrong=self.wrong if is_refused else "")


def read_trial() -> HoursTrial:
    """Return the week or plan on trial in the address."""
    args = request.args
    whole = "whole" in args
    draft_text = args.get("draft", "")
    if draft_text == "week":
        return HoursTrial(args.get("schedule", ""), week=args, whole=whole)
    if draft_text == "plan":
        return HoursTrial(plan=args.get("plan", ""), fields=args, whole=whole)
    return HoursTrial(args.get("schedule", ""))


def read_page(reading: PlaceReader, trial: HoursTrial) -> HoursPage:
    """Read the whole page. Raises NotFound if the plan does not exist."""
    every = reading.schedules()
    opening = next((schedule for schedule in every if schedule.id == reading.at.opening), None)
    shown = next(
        (schedule for schedule in every if schedule.id == trial.schedule),
        every[0] if every else None,
    )
    apart = None if opening is None else opening_days(reading, opening)
    summary = None if opening is None or apart is None else _summary(reading, opening, apart)
    rows, words = _plans(reading, trial, every)
    return HoursPage(
        state=_state_text(summary),
        has_opening=opening is not None,
        tabs=tuple(
            tab(
                schedule,
                _("The place") if schedule is opening else read_label(schedule.name),
                url_for("hours.show", schedule=schedule.id),
                on=schedule is shown,
            )
            for schedule in every
        ),
        week=None if shown is None else _week(reading, shown, trial),
        today=None if apart is None or summary is None else today_view(apart, summary.usual_end()),
        calendar=None if apart is None else calendar(apart),
        saved=None if opening is None else special_days.saved_effect(reading, opening.id),
        opening="" if opening is None else opening.id,
        plans=rows,
        plans_words=words,
        may_write_rules=is_allowed(Permission.RULES_WRITE),
        wrong=trial.wrong,
        days_effect=trial.days_effect,
        typed=trial.days,
        day_errors=trial.day_errors,
        new_schedule=trial.form_of("schedule:", {}, reading.at.language),
        new_plan=trial.form_of("plan:", {}, reading.at.language),
    )


def opening_text(reading: PlaceReader) -> str:
    """Return whether the site is open, until or from when."""
    all_schedules = reading.schedules()
    opening = next(
        (schedule for schedule in all_schedules if schedule.id == reading.at.opening), None
    )
    if opening is None:
        return _state_text(None)
    return _state_text(_summary(reading, opening, opening_days(reading, opening)))


def opening_days(reading: PlaceReader, opening: Schedule) -> OpeningDays:
    """Return the opening schedule's days, with their reasons and the school holidays."""
    reasons = days.reasons(reading.db, opening.id)
    school_holidays = school.current_holidays(reading.db, reading.at.id, reading.today)
    now = reading.now.astimezone(reading.zone)
    minute = now.hour * 60 + now.minute
    return OpeningDays(opening, reasons, school_holidays, now.date(), minute)


def _summary(reading: PlaceReader, opening: Schedule, days: OpeningDays) -> OpeningSummary:
    hours = schedules.facts_of(
        ScheduleFields(name=opening.name, weekly=opening.weekly, exceptions=opening.exceptions)
    )
    return OpeningSummary(hours=hours, days=days, zone=reading.zone, now=reading.now)


def _state_text(summary: OpeningSummary | None) -> str:
    return _("Open day and night") if summary is None else summary.text()


def with_week(shown: Schedule, weekly: tuple[Weekly, ...]) -> ScheduleFields:
    """Return the schedule's fields with another week."""
    return ScheduleFields(name=shown.name, weekly=weekly, exceptions=shown.exceptions)


def effect_of_week(
    reading: PlaceReader, shown: Schedule, weekly: tuple[Weekly, ...]
) -> HoursEffect:
    """Return what another week would change. Raises Invalid."""
    site = facts_of.site(reading.db, reading.at.id, reading.now)
    after = hours_effect.with_schedule(site, shown.id, schedules.facts_of(with_week(shown, weekly)))
    return _effect(reading, after)


def effect_of_plan(reading: PlaceReader, plan: Plan, new: PlanFields) -> HoursEffect:
    """Return what another version of the plan would change."""
    site = facts_of.site(reading.db, reading.at.id, reading.now)
    fact = facts.Plan(
        name=Name(fr=new.name.fr, en=new.name.en),
        schedule=new.schedule_id,
        zones=new.zones,
        outside_opening=new.outside_opening,
    )
    return _effect(reading, hours_effect.with_plan(site, plan.id, fact))


def _effect(reading: PlaceReader, after: facts.Site) -> HoursEffect:
    return hours_effect.of_change(
        reading.db, reading.at.id, after, actor=reading.who, now=reading.now
    )


def _view(reading: PlaceReader, effect: HoursEffect) -> EffectView:
    return effect_view(effect, reading.names(), reading.zone)


def _effect_href(reading: PlaceReader, trial: HoursTrial) -> str:
    """Return the address that computes the effect, if there are too many badges to do so
    unasked."""
    if trial.whole or head(reading.db, reading.at.id).holders <= ROW_LIMIT:
        return ""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}&whole=1#effect"


def _week(reading: PlaceReader, shown: Schedule, trial: HoursTrial) -> WeekView:
    is_tried = trial.week is not None and is_allowed(Permission.RULES_WRITE)
    fields = trial.week if trial.week is not None and is_tried else {}
    weekly, wrong = None, ""
    heavy = _effect_href(reading, trial) if is_tried else ""
    effect = None
    unread = week_form.unreadable_times(fields)
    if unread:
        heavy = ""
        errors = (time_error(fault, reading.today) for fault in unread)
        wrong = " ".join((*dict.fromkeys(errors), _("Enter 9, 9h30 or 09:30.")))
    elif is_tried:
        try:
            weekly = week_form.read(fields)
            if not heavy:
                effect = _view(reading, effect_of_week(reading, shown, weekly))
        except Invalid:
            weekly, heavy = None, ""
            wrong = _(
                "These times do not fit together. To end at midnight, enter 00:00; enter the "
                "hours after midnight on the next day."
            )
    naming = trial.form_of(f"schedule:{shown.id}", label_texts(shown.name), reading.at.language)
    return draw_week(
        shown,
        weekly,
        reading.today,
        fields=fields,
        wrong=wrong,
        effect=effect,
        heavy=heavy,
        naming=naming,
        faults=unread,
    )


def _plans(
    reading: PlaceReader, trial: HoursTrial, every: list[Schedule]
) -> tuple[tuple[PlanView, ...], str]:
    db, who, now = reading.db, reading.who, reading.now
    rows = all_items(lambda at: plans.page(db, actor=who, cursor=at))
    if trial.plan and trial.plan not in {plan.id for plan in rows}:
        raise NotFound("plan", trial.plan)
    holder_counts = count_holders(db, reading.at.id, actor=who, now=now)
    most = max((group.current for group in holder_counts.values()), default=0)
    zones = {zone.id: read_label(zone.name) for zone in reading.zones()}
    hours = {schedule.id: read_label(schedule.name) for schedule in every}
    views = tuple(
        _plan(reading, trial, plan, holder_counts.get(plan.id, HolderCounts()), most, zones, hours)
        for plan in rows
    )
    ending = sum(group.ending for group in holder_counts.values())
    words = plural(
        "%(n)s person has one",
        "%(n)s people have one",
        sum(e.current for e in holder_counts.values()),
    )
    if ending:
        soon = plural("%(n)s ends within the month", "%(n)s end within the month", ending)
        words = f"{words}, {soon}"
    return views, words


def _plan(
    reading: PlaceReader,
    trial: HoursTrial,
    plan: Plan,
    holders: HolderCounts,
    most: int,
    zones: Mapping[str, str],
    hours: Mapping[str, str],
) -> PlanView:
    draft, effect, heavy = None, None, ""
    if trial.fields is not None and trial.plan == plan.id and is_allowed(Permission.RULES_WRITE):
        draft = plan_view.from_form(trial.fields, plan, zones)
        heavy = _effect_href(reading, trial)
        if not heavy:
            effect = _view(reading, effect_of_plan(reading, plan, draft))
    naming = trial.form_of(f"plan:{plan.id}", label_texts(plan.name), reading.at.language)
    return plan_view.plan_view(
        plan, draft, holders, most, zones, hours, effect=effect, heavy=heavy, naming=naming
    )
