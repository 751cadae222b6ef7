"""A rule as a sentence whose values can be tapped, and the form fields behind these values."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from controller.capabilities.machines.shapes import RequirementShape
from controller.domain.facts import Assurance, BookingRule, Requirement, Supervisor
from controller.kernel.errors import Invalid
from controller.kernel.first_use import prepare_for_threads
from webui.i18n import _, pgettext
from webui.parts import Option

DRAFT_FIELD = "draft"
"""Form field that is set while a rule is being tried, and not saved."""
_GROUPS = 12
"""How many groups of certifications a rule can have; more than anybody can meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of the sentence that can be tapped: its text, and the options for it."""

    field: str
    text: str
    label: str
    """The heading of the options."""
    choices: tuple[Option, ...]
    several: bool = False
    new: bool = False
    """Whether it differs from the saved rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSentence:
    """The values of the sentence, in their order."""

    groups: tuple[Value, ...]
    """The groups of certifications: a member needs every group, and any one certification of
    each."""
    more: Value | None
    """The value that adds a group; None if no further group is possible."""
    subscription: Value
    assurance: Value
    supervisor: Value
    company: Value
    booking: Value
    changes: int
    """How many values differ from the rule that is in force."""


Names = Mapping[str, str]
"""Labels of certifications or plans, by id, in the order in which they are offered."""


def from_form(fields: MultiDict[str, str]) -> RequirementShape:
    """Return the rule that the form describes. Raises Invalid."""
    groups = [fields.getlist(f"group-{at}") for at in range(_GROUPS)]
    alternatives = [group[0] if len(group) == 1 else group for group in groups if group]
    data: dict[str, Any] = {
        "certifications": alternatives,
        "plans": fields.getlist("plan") if fields.get("subscription") == "some" else [],
        "subscription": fields.get("subscription", "any") != "none",
        "assurance": fields.get("assurance", Assurance.UID.value),
        "supervisor": fields.get("supervisor", Supervisor.NO.value),
        "company": _number(fields.get("company", "1")),
        "booking": fields.get("booking", BookingRule.RESPECTED.value),
    }
    try:
        # Not `kernel.validate.parse`: msgspec 0.22 crashes on the types of these fields one by one.
        prepare_for_threads(RequirementShape)
        return msgspec.convert(data, RequirementShape)
    except msgspec.ValidationError as problem:
        raise Invalid.of("requirement", str(problem)) from problem


def _number(text: str) -> object:
    return int(text) if text.isdecimal() else text


def as_json(rule: RequirementShape) -> str:
    """Return the rule as JSON, for a hidden field."""
    return msgspec.json.encode(rule).decode()


def sentence(
    rule: RequirementShape, now: RequirementShape, certifications: Names, plans: Names
) -> RuleSentence:
    """Return a rule as a sentence; values that differ from `now`, the rule in force, are marked."""
    groups = _groups(rule)
    current_groups = {frozenset(group) for group in _groups(now)}
    shown = tuple(
        _group(at, group, certifications, frozenset(group) not in current_groups)
        for at, group in enumerate(groups)
    )
    more = _group(len(groups), (), certifications, False) if certifications else None
    others = (
        _subscription(rule, now, plans),
        _choice_value("assurance", _("Badge"), assurance_words(), rule.assurance, now.assurance),
        _choice_value(
            "supervisor", _("Supervisor"), supervisor_words(), rule.supervisor, now.supervisor
        ),
        _choice_value(
            "company", _("Working alone"), company_words(rule.company), rule.company, now.company
        ),
        _choice_value("booking", _("Booking"), booking_words(), rule.booking, now.booking),
    )
    removed = current_groups - {frozenset(group) for group in groups}
    new = sum(value.new for value in shown)
    return RuleSentence(
        groups=shown,
        more=more if len(groups) < _GROUPS else None,
        subscription=others[0],
        assurance=others[1],
        supervisor=others[2],
        company=others[3],
        booking=others[4],
        changes=max(new, len(removed)) + sum(value.new for value in others),
    )


@dataclass(frozen=True, slots=True)
class UsualRule:
    """What most rules of a list require; the text of each rule then only has the differences."""

    groups: tuple[str, ...] = ()
    subscription: str = ""

    @property
    def text(self) -> str:
        """Return it as text; empty if the rules have little in common."""
        return ", ".join(filter(None, (_(" and ").join(self.groups), self.subscription)))


def usual_rule(
    rules: Sequence[RequirementShape | Requirement], certifications: Names, plans: Names
) -> UsualRule:
    """Return the certifications and the subscription that more than half of the rules, and
    more than two, require."""
    groups = Counter(text for rule in rules for text in {*_group_texts(rule, certifications)})
    subscriptions = Counter(_subscription_text(rule, plans) for rule in rules)

    def most(counted: Counter[str]) -> tuple[str, ...]:
        return tuple(text for text, count in counted.items() if count > max(2, len(rules) / 2))

    return UsualRule(most(groups), "".join(most(subscriptions)))


def rule_text(
    rule: RequirementShape | Requirement,
    certifications: Names,
    plans: Names,
    usual: UsualRule = UsualRule(),
) -> str:
    """Return the rule as one plain sentence for a list, without the list's usual requirements."""
    groups, subscription = _group_texts(rule, certifications), _subscription_text(rule, plans)
    words = [_(" and ").join(text for text in groups if text not in usual.groups)]
    if not groups:
        words = [_("everybody")]
    elif not_required := [text for text in usual.groups if text not in groups]:
        words.append(_("without %(what)s", what=_(" and ").join(not_required)))
    if subscription != usual.subscription:
        words.append(subscription)
    if rule.assurance is not Assurance.UID:
        words.append(_("%(badge)s badge", badge=assurance_words()[rule.assurance]))
    if rule.supervisor is not Supervisor.NO:
        words.append(_("supervisor %(when)s", when=supervisor_words()[rule.supervisor]))
    if rule.company > 1:
        words.append(_("at least %(n)s people", n=rule.company))
    if rule.booking is BookingRule.REQUIRED:
        words.append(_("only when booked"))
    sentence = ", ".join(filter(None, words)) or _("nothing else")
    return sentence[:1].upper() + sentence[1:]


def _group_texts(rule: RequirementShape | Requirement, certifications: Names) -> list[str]:
    return [_any_of(group, certifications) for group in _groups(rule)]


def _subscription_text(rule: RequirementShape | Requirement, plans: Names) -> str:
    if not rule.subscription:
        return _("no subscription")
    return _any_of(rule.plans, plans) if rule.plans else pgettext("short", "any plan")


def _groups(rule: RequirementShape | Requirement) -> list[tuple[str, ...]]:
    return [
        (certification,) if isinstance(certification, str) else certification
        for certification in rule.certifications
    ]


def _any_of(keys: Iterable[str], names: Names) -> str:
    return _(" or ").join(names.get(key, key) for key in keys)


def _group(at: int, keys: Sequence[str], names: Names, new: bool) -> Value:
    return Value(
        field=f"group-{at}",
        text=_any_of(keys, names) if keys else _("and…"),
        label=_("Certification or document: any one of those ticked is enough"),
        choices=tuple(
            Option(value=key, text=text, chosen=key in keys) for key, text in names.items()
        ),
        several=True,
        new=new,
    )


def _subscription(rule: RequirementShape, now: RequirementShape, plans: Names) -> Value:
    kind = _subscription_kind(rule)
    words = {"any": _("a plan of any kind"), "none": _("or no plan")}
    text = _any_of(rule.plans, plans) if kind == "some" else words[kind]
    return Value(
        field="plan",
        text=text,
        label=_("Subscription"),
        choices=tuple(
            Option(value=key, text=name, chosen=key in rule.plans) for key, name in plans.items()
        ),
        several=True,
        new=(kind, set(rule.plans)) != (_subscription_kind(now), set(now.plans)),
    )


def _subscription_kind(rule: RequirementShape) -> str:
    if not rule.subscription:
        return "none"
    return "some" if rule.plans else "any"


def subscription_choices(rule: RequirementShape) -> tuple[Option, ...]:
    """Return the choice between any plan, some plans, and no plan, as the rule has it."""
    kind = _subscription_kind(rule)
    texts = {"any": _("any plan"), "none": _("no plan needed"), "some": _("one of these:")}
    return tuple(Option(value=key, text=texts[key], chosen=key == kind) for key in texts)


def _choice_value(
    field: str, label: str, words: Mapping[Any, str], chosen: object, before: object
) -> Value:
    return Value(
        field=field,
        text=words[chosen],
        label=label,
        choices=tuple(
            Option(value=str(key), text=text, chosen=key == chosen) for key, text in words.items()
        ),
        new=chosen != before,
    )


def assurance_words() -> dict[Assurance, str]:
    """Return the labels of the badge assurance levels."""
    return {
        Assurance.UID: _("plain or better"),
        Assurance.SUN: _("signed (SUN)"),
        Assurance.AES: _("secure (AES)"),
    }


def supervisor_words() -> dict[Supervisor, str]:
    """Return the labels of when a supervisor is needed."""
    return {
        Supervisor.NO: _("no"),
        Supervisor.EACH_START: _("at each start"),
        Supervisor.WINDOW: _("present in the room"),
    }


def company_words(number: int) -> dict[int, str]:
    """Return the labels of how many people must be present; `number` is always among them."""
    words = {1: _("allowed")}
    for n in sorted({2, 3, number} - {1}):
        words[n] = _("at least %(n)s people", n=n)
    return words


def booking_words() -> dict[BookingRule, str]:
    """Return the labels of the booking rules."""
    return {BookingRule.RESPECTED: _("respected"), BookingRule.REQUIRED: _("required")}
