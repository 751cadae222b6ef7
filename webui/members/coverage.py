"""A member's subscriptions and passes, and the organisation that the member works for."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import Member, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.plans import passes, revocable_plans
from controller.capabilities.plans.revocable_plans import RevocablePlan
from controller.capabilities.plans.shapes import Pass, Subscription
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from webui.billing.plan_prices import SubscriptionPrices, paid_note
from webui.guard import site
from webui.i18n import _
from webui.i18n.dates import day, last_day
from webui.members.member_view import EndingLine, GivenLine, PassLine, PlanLine
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.plans.consecutive_periods import end_order, last_of, last_of_plan, subscriptions_of


def plan_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[tuple[PlanLine, ...], str]:
    """Return the valid subscription to each plan, else the last one alone, and the member's access
    in sentences.

    The one that ends last comes first. The text is empty if no subscription is valid.
    """
    bought = [
        subscription
        for subscription in subscriptions_of(here.db, here.member, here.who)
        if subscription.plan_id in names
    ]
    running = [
        last_of(subscription, bought)
        for subscription in bought
        if _is_valid(subscription, here.now)
    ]
    found = max(bought, key=end_order, default=None)
    if found is None:
        return (PlanLine(name=_("None"), is_inactive=True),), ""
    if not running:
        return (_not_running(here, found, names[found.plan_id]),), ""
    ends = {one.plan_id: one for one in sorted(running, key=end_order)}
    lines = [
        _running_line(here, one, bought, names)
        for one in sorted(ends.values(), key=end_order)[::-1]
    ]
    return tuple(line for line, _said in lines), " ".join(said for _line, said in lines)


def _running_line(
    here: MemberReader,
    subscription: Subscription,
    bought: Sequence[Subscription],
    names: Mapping[str, str],
) -> tuple[PlanLine, str]:
    name, end = names[subscription.plan_id], subscription.valid_until
    if end is None:
        text = _("With a %(plan)s subscription.", plan=name)
        return PlanLine(name=name, note=_("no end date")), text
    last = last_day(end, here.now, here.zone)
    final = last_of_plan(subscription, bought)
    if end_order(final) > end_order(subscription):
        return _resuming_line(here, last, _next_start(subscription, bought), final, name)
    note = _("until %(day)s", day=last)
    text = _("With a %(plan)s subscription, until %(day)s.", plan=name, day=last)
    price = SubscriptionPrices(here.db).of(subscription.plan_id, end)
    return PlanLine(name=name, note=note, renew=subscription.id, price=price), text


def _next_start(subscription: Subscription, bought: Sequence[Subscription]) -> Utc:
    """Return when the first later period of a plan begins, after a gap."""
    end = subscription.valid_until or subscription.valid_from
    starts = [one.valid_from for one in bought if one.plan_id == subscription.plan_id]
    return min(start for start in starts if start > end)


def _resuming_line(
    here: MemberReader, last: str, start: Utc, final: Subscription, name: str
) -> tuple[PlanLine, str]:
    """Describe a subscription that ends and begins again after a gap."""
    again, end = day(start, here.now, here.zone), final.valid_until
    if end is None:
        note = _("until %(day)s, and again from %(start)s", day=last, start=again)
    else:
        note = _(
            "until %(day)s, and again from %(start)s to %(end)s",
            day=last,
            start=again,
            end=last_day(end, here.now, here.zone),
        )
    text = _("With a %(plan)s subscription, %(until)s.", plan=name, until=note)
    if end is None:
        return PlanLine(name=name, note=note), text
    price = SubscriptionPrices(here.db).of(final.plan_id, end)
    return PlanLine(name=name, note=note, renew=final.id, price=price), text


def unexpired_plans(here: MemberReader) -> tuple[Subscription | Pass, ...]:
    """Return the member's subscriptions and passes that have not ended, also future ones."""
    found: list[Subscription | Pass] = [
        *subscriptions_of(here.db, here.member, here.who),
        *_passes(here),
    ]
    return tuple(one for one in found if one.valid_until is None or one.valid_until > here.now)


def ending_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[EndingLine, ...]:
    """Return the subscriptions of this site that can end earlier."""
    return tuple(
        EndingLine(
            id=unexpired_plan.id,
            name=period_text(unexpired_plan, names, here),
            first=max(unexpired_plan.valid_from, here.now).astimezone(here.zone).date().isoformat(),
            last=_day_before(unexpired_plan.valid_until, here)
            if unexpired_plan.valid_until
            else "",
        )
        for unexpired_plan in unexpired_plans(here)
        if isinstance(unexpired_plan, Subscription) and unexpired_plan.plan_id in names
    )


def _day_before(end: Utc, here: MemberReader) -> str:
    """Return the last day that is earlier than this end."""
    before = Utc.of(end - timedelta(days=1, milliseconds=1))
    return before.astimezone(here.zone).date().isoformat()


def pass_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[PassLine, ...]:
    """Return the member's valid passes that still have units."""
    return tuple(
        PassLine(
            units_left=pass_.units - pass_.spent,
            units=pass_.units,
            note=names.get(pass_.plan_id, ""),
        )
        for pass_ in _passes(here)
        if _is_valid(pass_, here.now) and pass_.spent < pass_.units
    )


def _passes(here: MemberReader) -> Iterable[Pass]:
    return all_items(
        lambda c: passes.page(here.db, actor=here.who, member_id=here.member, cursor=c)
    )


def revocable_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[GivenLine, ...]:
    """Return the subscriptions and passes that the reader can take back, the newest first."""
    found = revocable_plans.revocable_plans(
        here.db, here.member, site().id, actor=here.who, now=here.now
    )
    return tuple(
        GivenLine(
            id=grant.id,
            name=period_text(grant, names, here),
            act="plans.take_back" if grant.units is None else "plans.take_pass_back",
            needs_reason=grant.needs_reason,
            paid=paid_note(here.db, [grant.id]),
        )
        for grant in found
    )


def period_text(
    period: RevocablePlan | Subscription | Pass, names: Mapping[str, str], here: MemberReader
) -> str:
    """Return the name of a subscription or a pass with its days."""
    plan = names.get(period.plan_id, period.plan_id)
    since = day(period.valid_from, here.now, here.zone)
    units = None if isinstance(period, Subscription) else period.units
    if units is not None:
        return _("Pass %(plan)s of %(n)s, since %(day)s", plan=plan, n=units, day=since)
    if period.valid_until is None:
        return _("Subscription %(plan)s, since %(day)s", plan=plan, day=since)
    end = last_day(period.valid_until, here.now, here.zone)
    return _("Subscription %(plan)s, %(day)s – %(end)s", plan=plan, day=since, end=end)


def works_for(here: MemberReader, member: Member) -> tuple[str, tuple[Option, ...]]:
    """Return the payer that the member works for, and the possible ones.

    The choices are empty if the member can only work for themselves.
    """
    can_pay = (option for option in payers(here, member) if _can_pay(here, option.value))
    options = [Option(value="", text=_("Themselves")), *can_pay]
    works = member.works_for
    at_work = {f"organisation:{works.organisation_id}", f"project:{works.project_id}"}
    named = ", ".join(option.text for option in options if option.value in at_work)
    return named, tuple(options) if len(options) > 1 else ()


def _can_pay(here: MemberReader, value: str) -> bool:
    """Return whether the organisation or project can pay; otherwise the member pays."""
    kind, _colon, key = value.partition(":")
    chosen = OnBehalf(**{f"{kind}_id": key})
    return on_behalf.still_valid(here.db, site().id, chosen, here.now) != OnBehalf()


def payers(here: MemberReader, member: Member) -> tuple[Option, ...]:
    """Return the member's organisations and projects, as `organisation:ID` and `project:ID`."""
    options = []
    for kind, service, keys in (
        ("organisation", organisations.get, member.organisations),
        ("project", projects.get, member.projects),
    ):
        for key in keys:
            with suppress(NotFound):  # of another site
                name = read_label(service(here.db, key, actor=here.who).name)
                options.append(Option(value=f"{kind}:{key}", text=name))
    return tuple(options)


def _not_running(here: MemberReader, subscription: Subscription, name: str) -> PlanLine:
    last = last_day(subscription.valid_until or subscription.valid_from, here.now, here.zone)
    begins = subscription.valid_from > here.now
    start = day(subscription.valid_from, here.now, here.zone)
    note = _("from %(day)s", day=start) if begins else _("ended on %(day)s", day=last)
    if begins:
        return PlanLine(name=name, note=note, is_inactive=True)
    price = SubscriptionPrices(here.db).of(subscription.plan_id, here.now)
    return PlanLine(name=name, note=note, is_inactive=True, renew=subscription.id, price=price)


def _is_valid(grant: Subscription | Pass, now: Utc) -> bool:
    return grant.valid_from <= now and (grant.valid_until is None or now < grant.valid_until)
