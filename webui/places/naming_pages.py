"""Adding and renaming schedules and plans."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places import schedules
from controller.capabilities.places.models import ScheduleRow
from controller.capabilities.places.shapes import NewSchedule, Schedule
from controller.capabilities.plans import plans
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.plans.shapes import NewPlan, Plan
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid, Stale
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, site
from webui.i18n import _
from webui.naming import label_texts, read_label, typed_names
from webui.places.hours_presenter import HoursTrial
from webui.places.pages import render
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

pages = Pages("hours_names", __name__)
_WRITE = Permission.RULES_WRITE


@pages.post("/hours/schedules", _WRITE)
def add_schedule() -> ResponseReturnValue:
    """Add a schedule that plans and rules can name; it starts with the hours of the one shown."""
    like = request.form.get("like", "")
    with write_action(Invalid, lambda _error: _render_refused("schedule:", like)) as (db, now):
        name = _typed_name()
        key = unused_slug(db, ScheduleRow, read_label(name))
        week = schedules.get(db, like, actor=actor()).weekly
        new = NewSchedule(id=key, site_id=site().id, name=name, weekly=week)
        schedules.create(db, new, actor=actor(), now=now)
    flash_done(_("Hours added. Set their week, then use them in a plan or a rule."))
    return _redirect_to_week(key)


@pages.post("/hours/schedules/<schedule>/name", _WRITE)
def name_schedule(schedule: str) -> ResponseReturnValue:
    """Rename a schedule; plans and rules keep referring to it."""
    patch, now = {"name": typed_names(request.form)}, context().clock()
    try:
        with context().database.write() as db:
            before = schedules.get(db, schedule, actor=actor())
            after = schedules.change(db, schedule, patch, version=version(), actor=actor(), now=now)
    except (Invalid, Stale) as error:
        return _render_refused(f"schedule:{schedule}", schedule, stale=isinstance(error, Stale))
    _flash_renamed("hours_names.name_schedule", before, after, schedule=schedule)
    return _redirect_to_week(schedule)


@pages.post("/hours/plans", _WRITE)
def add_plan() -> ResponseReturnValue:
    """Add a plan that opens everything at any hour; restrict it before giving it to members."""
    with write_action(Invalid, lambda _error: _render_refused("plan:")) as (db, now):
        name = _typed_name()
        key = unused_slug(db, PlanRow, read_label(name))
        new = NewPlan(id=key, site_id=site().id, name=name)
        plans.create(db, new, actor=actor(), now=now)
    flash_done(_("Plan added. Set what it opens before you give it to anybody."))
    return _redirect_to_plan(key)


@pages.post("/hours/plans/<plan>/name", _WRITE)
def name_plan(plan: str) -> ResponseReturnValue:
    """Rename a plan; those who have it keep it."""
    patch = {"name": typed_names(request.form)}
    with write_action(
        (Invalid, Stale),
        lambda error: _render_refused(f"plan:{plan}", stale=isinstance(error, Stale)),
    ) as (db, now):
        before = plans.get(db, plan, actor=actor())
        after = plans.change(db, plan, patch, version=version(), actor=actor(), now=now)
    _flash_renamed("hours_names.name_plan", before, after, plan=plan)
    return _redirect_to_plan(plan)


def _typed_name() -> Label:
    return parse(typed_names(request.form), Label)


def _render_refused(thing: str, schedule: str = "", *, stale: bool = False) -> ResponseReturnValue:
    """Show the page again, with what was typed in that form."""
    wrong = _("Enter a name, on one line.")
    if stale:
        wrong = _("This has changed since you opened the page. Reload it.")
    tried = HoursTrial(schedule, naming=thing, names=typed_names(request.form), wrong=wrong)
    return render(tried), 422


def _flash_renamed(
    endpoint: str, before: Plan | Schedule, after: Plan | Schedule, **key: str
) -> None:
    text = _("New name: %(name)s.", name=read_label(after.name))
    names = {f"name_{code}": name or "" for code, name in label_texts(before.name).items()}
    done_with_undo(text, endpoint, **key, **names, version=after.version)


def _redirect_to_week(schedule: str) -> ResponseReturnValue:
    return redirect(url_for("hours.show", schedule=schedule), 303)


def _redirect_to_plan(plan: str) -> ResponseReturnValue:
    return redirect(url_for("hours.show", _anchor=f"plan-{plan}"), 303)
