"""A plan as a sentence with values that can be changed, and the form behind it."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from controller.capabilities.plans.holders import HolderCounts
from controller.capabilities.plans.shapes import Plan, PlanFields
from controller.kernel.errors import Invalid
from controller.kernel.first_use import prepare_for_threads
from controller.kernel.mapping import to_shape
from controller.kernel.validate import parse
from webui.i18n import _, plural
from webui.naming import read_label
from webui.parts import Option
from webui.places.hours_views import EffectView, NameForm, PlanView

_GRACE_DAYS = (0, 3, 7, 14, 30)
"""The days of grace that are offered."""


def from_form(fields: MultiDict[str, str], plan: Plan, zones: Collection[str]) -> PlanFields:
    """Return the plan's fields from the form; the name is left as it is. Raises Invalid.

    A plan that opens all rooms, coming ones too, still does when all are ticked.
    """
    ticked = fields.getlist("zone")
    grace = fields.get("grace", "0")
    data: dict[str, Any] = {
        "name": msgspec.to_builtins(plan.name),
        "schedule_id": fields.get("schedule") or None,
        "zones": [] if not plan.zones and {*ticked} >= {*zones} else ticked,
        "outside_opening": fields.get("outside") == "yes",
        "grace_days": int(grace) if grace.isdecimal() else grace,
    }
    return parse(data, PlanFields)


def of_json(text: str) -> PlanFields:
    """Return the plan's fields from the JSON of a hidden field. Raises Invalid."""
    prepare_for_threads(PlanFields)
    try:
        return msgspec.json.decode(text, type=PlanFields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Invalid.of("plan", str(problem)) from problem


def fields_of(plan: Plan) -> PlanFields:
    """Return the fields of a plan that can be changed."""
    return to_shape(plan, PlanFields)


def as_json(fields: PlanFields) -> str:
    """The plan as JSON for a hidden field."""
    return msgspec.json.encode(fields).decode()


def plan_view(
    plan: Plan,
    draft: PlanFields | None,
    holders: HolderCounts,
    most: int,
    zones: Mapping[str, str],
    schedules: Mapping[str, str],
    *,
    effect: EffectView | None,
    heavy: str,
    naming: NameForm,
) -> PlanView:
    """Return the plan in the current language.

    `most` is how many people have the most common plan.
    """
    now = draft or fields_of(plan)
    return PlanView(
        id=plan.id,
        name=read_label(plan.name),
        version=plan.version,
        people=plural("%(n)s person", "%(n)s people", holders.current),
        ending=plural("%(n)s ends soon", "%(n)s end soon", holders.ending)
        if holders.ending
        else "",
        share=round(100 * holders.current / most) if most else 0,
        zones=tuple(
            (Option(value=key, text=name), key in now.zones or not now.zones)
            for key, name in zones.items()
        ),
        zones_text=_(" and ").join(zones.get(zone, zone) for zone in now.zones) or _("all rooms"),
        schedules=(
            (Option(value="", text=_("at any hour")), now.schedule_id is None),
            *(
                (Option(value=key, text=name), key == now.schedule_id)
                for key, name in schedules.items()
            ),
        ),
        schedule_text=_("at any hour")
        if now.schedule_id is None
        else schedules.get(now.schedule_id, now.schedule_id),
        outside=now.outside_opening,
        closed=(
            (Option(value="no", text=_("while the place is open")), not now.outside_opening),
            (Option(value="yes", text=_("even when the place is closed")), now.outside_opening),
        ),
        grace_text=_grace(now.grace_days),
        grace=tuple(
            (Option(value=str(days), text=_grace(days)), days == now.grace_days)
            for days in sorted({*_GRACE_DAYS, now.grace_days})
        ),
        drafted=draft is not None,
        json=as_json(now),
        effect=effect,
        heavy=heavy,
        naming=naming,
    )


def _grace(days: int) -> str:
    return plural("%(n)s more day", "%(n)s more days", days) if days else _("nothing any more")
