"""What the page of a bulk operation shows: the operation as a sentence, and its effect on each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from controller.capabilities.members.several import NotSuspended, SuspensionPreview
from controller.capabilities.plans.lengths import Length
from controller.capabilities.plans.renewals import NotRenewed, Renewal
from controller.capabilities.training.certify_several import LEVELS, CertifyPreview, NotCertified
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.bulk_operation import BulkOperation, Outcome
from webui.billing.formatting import euros
from webui.billing.plan_prices import SubscriptionPrices
from webui.i18n import _, plural
from webui.members.member_view import level_label
from webui.parts import Option

ROW_LIMIT = 12
"""How many lines are shown before the rest is folded."""


class BulkAction(StrEnum):
    """What can be done to several members at once."""

    RENEW = "renew"
    SUSPEND = "suspend"
    CERTIFY = "certify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen members, and the operation with its parameters."""

    action: BulkAction
    ids: tuple[str, ...]
    more: bool
    """Whether more members match than one operation can take."""
    length: Length
    certification: str
    level: Level
    reason: str
    operation: BulkOperation
    query: str
    state: str

    @property
    def chosen(self) -> str:
        """The members' ids, as a form sends them again."""
        return " ".join(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """The effect on one member; `why` says why the operation does not apply."""

    member_id: str
    name: str
    effect: str = ""
    why: str = ""
    cents: int = 0
    """What it costs the member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralPage:
    """The operation as a sentence, and its effect on each member."""

    choice: Choice
    actions: tuple[Option, ...]
    certifications: tuple[tuple[str, str], ...]
    lines: tuple[EffectLine, ...]
    reason_missing: bool = False
    may_label: bool = False
    """Whether the reader may print labels for badges."""

    @property
    def applies(self) -> tuple[EffectLine, ...]:
        """Lines of members to whom the operation applies."""
        return tuple(line for line in self.lines if not line.why)

    @property
    def count(self) -> int:
        """Number of members on the button; 0 while no certification is chosen."""
        needs = self.choice.action is BulkAction.CERTIFY and not self.choice.certification
        return 0 if needs else len(self.applies)

    @property
    def refused(self) -> tuple[EffectLine, ...]:
        """Lines of members to whom the operation does not apply."""
        return tuple(line for line in self.lines if line.why)

    @property
    def action_words(self) -> str:
        """The operation, as the continuation of the sentence with the number of members."""
        length = next(it.text for it in self.lengths if it.value == self.choice.length)
        return {
            BulkAction.RENEW: _("extend %(length)s", length=length),
            BulkAction.SUSPEND: _("suspend access"),
            BulkAction.CERTIFY: _("certify"),
        }[self.choice.action]

    @property
    def whom(self) -> str:
        """The members to whom the operation applies, as text."""
        cost = cost_text(sum(line.cents for line in self.applies))
        return " ".join(filter(None, (self._applies_to, cost)))

    @property
    def _applies_to(self) -> str:
        others = self.refused
        if self.choice.action is BulkAction.CERTIFY and not self.choice.certification:
            return _("Choose a certification first.")
        if not self.count:
            return _("This does not apply to anybody selected.")
        if not others:
            return _("This works for everybody selected.")
        if len(others) == 1:
            return _("This works for %(n)s, not for %(name)s.", n=self.count, name=others[0].name)
        return _(
            "This works for %(n)s, not for the other %(others)s.", n=self.count, others=len(others)
        )

    @property
    def icon(self) -> str:
        """The icon of the operation."""
        return {
            BulkAction.RENEW: "calendar-days",
            BulkAction.SUSPEND: "ban",
            BulkAction.CERTIFY: "badge-check",
        }[self.choice.action]

    @property
    def lengths(self) -> tuple[Option, ...]:
        """Options for how long to extend, as continuations of the sentence."""
        texts = {
            Length.YEAR: _("by a year"),
            Length.HALF: _("by six months"),
            Length.QUARTER: _("by three months"),
            Length.MONTH: _("by a month"),
        }
        return tuple(Option(value=length, text=texts[length]) for length in Length)

    @property
    def choices(self) -> tuple[Option, ...]:
        """Options of certifications, with an empty one first."""
        none = Option(value="", text=_("Choose one"))
        return (none, *(Option(value=key, text=name) for key, name in self.certifications))

    @property
    def levels(self) -> tuple[Option, ...]:
        """The levels that may be given to several members at once."""
        return tuple(Option(value=level, text=level_label(level)) for level in LEVELS)

    @property
    def button(self) -> str:
        """The label of the button, with the number of members."""
        n = self.count
        return {
            BulkAction.RENEW: _("Extend %(n)s", n=n),
            BulkAction.SUSPEND: _("Suspend %(n)s", n=n),
            BulkAction.CERTIFY: _("Certify %(n)s", n=n),
        }[self.choice.action]


def action_options(may_write: bool, may_certify: bool) -> tuple[Option, ...]:
    """Return the operations that the reader may run."""
    options = []
    if may_write:
        options.append(Option(value=BulkAction.RENEW, text=_("Extend the subscription")))
        options.append(Option(value=BulkAction.SUSPEND, text=_("Suspend access")))
    if may_certify:
        options.append(Option(value=BulkAction.CERTIFY, text=_("Certify")))
    return tuple(options)


def cost_text(cents: int) -> str:
    """Return what extending subscriptions costs all in all; empty: nothing."""
    return _("%(amount)s in total, on their statements.", amount=euros(cents)) if cents else ""


def renewal_line(
    renewal: Renewal,
    plans: Mapping[str, str],
    format_end: Callable[[Utc], str],
    prices: SubscriptionPrices,
) -> EffectLine:
    """Return the line of an extended subscription."""
    why = {
        None: "",
        NotRenewed.LEFT: _("this person has left the place"),
        NotRenewed.SUSPENDED: _("their access is suspended: restore it first"),
        NotRenewed.NEVER: _("no subscription to extend: give one on their page"),
        NotRenewed.ENDLESS: _("their subscription has no end date"),
        NotRenewed.GUARDIAN: _("no guardian on this minor’s record"),
    }[renewal.refused]
    effect, cents = "", 0
    if renewal.starts is not None and renewal.ends is not None:
        price = prices.of(renewal.plan_id, renewal.starts)
        cents = prices.cents(renewal.plan_id, renewal.starts)
        plan = plans.get(renewal.plan_id, renewal.plan_id)
        effect = _("%(plan)s, until %(day)s", plan=plan, day=format_end(renewal.ends))
        effect = ", ".join(filter(None, (effect, price)))
    return EffectLine(
        member_id=renewal.member_id, name=renewal.name, effect=effect, why=why, cents=cents
    )


def suspension_line(suspension: SuspensionPreview) -> EffectLine:
    """Return the line of a suspension."""
    why = {
        None: "",
        NotSuspended.LEFT: _("this person has left the place"),
        NotSuspended.ALREADY: _("their access is already suspended"),
        NotSuspended.ELSEWHERE: _("only their home site can do this"),
    }[suspension.refused]
    effect = "" if why else _("badges will no longer work")
    return EffectLine(member_id=suspension.member_id, name=suspension.name, effect=effect, why=why)


def certification_line(outcome: CertifyPreview) -> EffectLine:
    """Return the line of a certification that is given."""
    why = {
        None: "",
        NotCertified.LEFT: _("this person has left the place"),
        NotCertified.HELD: _("already has it"),
        NotCertified.SUSPENDED: _("their certification is suspended: restore it on their page"),
        NotCertified.ONESELF: _("you can’t certify yourself"),
    }[outcome.refused]
    effect = ""
    if not why:
        before = outcome.was
        effect = _("before: %(level)s", level=level_label(before)) if before else _("new")
    return EffectLine(member_id=outcome.member_id, name=outcome.name, effect=effect, why=why)


def done_text(action: BulkAction, outcome: Outcome, cents: int = 0) -> str:
    """Return the confirmation, with the number of refusals and what it costs."""
    n = outcome.done
    text = {
        BulkAction.RENEW: plural(
            "%(n)s subscription extended.", "%(n)s subscriptions extended.", n
        ),
        BulkAction.SUSPEND: plural("%(n)s person suspended.", "%(n)s people suspended.", n),
        BulkAction.CERTIFY: plural("%(n)s certification given.", "%(n)s certifications given.", n),
    }[action]
    refused = _("It was not possible for %(n)s.", n=outcome.refused) if outcome.refused else ""
    return " ".join(filter(None, (text, refused, cost_text(cents))))


def undone_text(outcome: Outcome) -> str:
    """Return the message of an undo: how many are as before, and how many are not."""
    n = outcome.done
    text = plural("Undone for %(n)s person.", "Undone for %(n)s people.", n)
    refused = plural(
        "%(n)s was not undone: it has changed in the meantime.",
        "%(n)s were not undone: they have changed in the meantime.",
        outcome.refused,
    )
    return " ".join(filter(None, (text, refused if outcome.refused else "")))
