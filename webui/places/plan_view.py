"""A plan as a sentence with values that can be changed, and the form behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from controller.capabilities.plans.holders import Holders
from controller.capabilities.plans.shapes import Plan, PlanFields
from controller.kernel.errors import Invalid
from controller.kernel.first_use import prepare
from controller.kernel.mapping import to_shape
from controller.kernel.validate import parse
from webui.i18n import _, plural
from webui.naming import read_label
from webui.parts import Option
from webui.places.hours_views import EffectView, NameForm, PlanNumber, PlanView


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number in the sentence: its form field, its label, the values offered, and their
    wording."""

    name: str
    label: str
    choices: tuple[int, ...]
    say: Callable[[int], str]


def _numbers(plan: str) -> Mapping[str, _Number]:
    """Return the numbers by field of `PlanFields`, in the order of the sentence."""
    return {
        "grace_days": _Number(
            name="grace",
            label=_("After its end, %(name)s", name=plan),
            choices=(0, 3, 7, 14, 30),
            say=_grace,
        )
    }


def from_form(fields: MultiDict[str, str], plan: Plan) -> PlanFields:
    """Return the plan's fields from the form; the name is left as it is. Raises Invalid."""
    numbers = {key: fields.get(number.name, "0") for key, number in _numbers("").items()}
    data: dict[str, Any] = {
        "name": msgspec.to_builtins(plan.name),
        "schedule_id": fields.get("schedule") or None,
        "zones": fields.getlist("zone"),
        "outside_opening": fields.get("outside") == "yes",
        **{key: int(said) if said.isdecimal() else said for key, said in numbers.items()},
    }
    return parse(data, PlanFields)


def of_json(text: str) -> PlanFields:
    """Return the plan's fields from the JSON of a hidden field. Raises Invalid."""
    prepare(PlanFields)
    try:
        return msgspec.json.decode(text, type=PlanFields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Invalid.of("plan", str(problem)) from problem


def fields_of(plan: Plan) -> PlanFields:
    """Return what can be changed about a plan."""
    return to_shape(plan, PlanFields)


def as_json(fields: PlanFields) -> str:
    """The plan as JSON for a hidden field."""
    return msgspec.json.encode(fields).decode()


def plan_view(
    plan: Plan,
    draft: PlanFields | None,
    held: Holders,
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
        people=plural("%(n)s person", "%(n)s people", held.now),
        ending=plural("%(n)s ends soon", "%(n)s end soon", held.ending) if held.ending else "",
        share=round(100 * held.now / most) if most else 0,
        zones=tuple(
            (Option(value=key, text=name), key in now.zones) for key, name in zones.items()
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
        numbers=tuple(
            _number_view(number, getattr(now, key))
            for key, number in _numbers(read_label(plan.name)).items()
        ),
        drafted=draft is not None,
        json=as_json(now),
        effect=effect,
        heavy=heavy,
        naming=naming,
    )


def _number_view(number: _Number, now: int) -> PlanNumber:
    choices = (
        (Option(value=str(choice), text=number.say(choice)), choice == now)
        for choice in sorted({*number.choices, now})
    )
    return PlanNumber(
        name=number.name, label=number.label, text=number.say(now), choices=tuple(choices)
    )


def _grace(days: int) -> str:
    return (
        plural("%(n)s day of grace", "%(n)s days of grace", days) if days else _("no grace period")
    )
