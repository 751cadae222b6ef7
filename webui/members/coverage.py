"""A member's subscriptions and passes, and the organisation that the member works for."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from controller.capabilities.billing import sales
from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import Member, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.plans import passes, revocable_plans
from controller.capabilities.plans.member_filter import SOON
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


def plan_lines(reader: MemberReader, names: Mapping[str, str]) -> tuple[tuple[PlanLine, ...], str]:
    """Return the valid subscription to each plan, else the last one alone, and the member's access
    in sentences.

    The one that ends last comes first. The text is empty if no subscription is valid.
    """
    subscriptions = [
        subscription
        for subscription in subscriptions_of(reader.db, reader.member, reader.who)
        if subscription.plan_id in names
    ]
    running = [
        last_of(subscription, subscriptions)
        for subscription in subscriptions
        if _is_valid(subscription, reader.now)
    ]
    last = max(subscriptions, key=end_order, default=None)
    if last is None:
        return (PlanLine(name=_("None"), is_inactive=True),), ""
    if not running:
        return (_not_running(reader, last, names[last.plan_id]),), ""
    ends = {period.plan_id: period for period in sorted(running, key=end_order)}
    lines = [
        _running_line(reader, period, subscriptions, names)
        for period in sorted(ends.values(), key=end_order)[::-1]
    ]
    return tuple(line for line, _text in lines), " ".join(text for _line, text in lines)


def _running_line(
    reader: MemberReader,
    subscription: Subscription,
    subscriptions: Sequence[Subscription],
    names: Mapping[str, str],
) -> tuple[PlanLine, str]:
    name, end = names[subscription.plan_id], subscription.valid_until
    if end is None:
        text = _("With a %(plan)s subscription.", plan=name)
        return PlanLine(name=name, note=_("no end date")), text
    last = last_day(end, reader.now, reader.zone)
    final = last_of_plan(subscription, subscriptions)
    if end_order(final) > end_order(subscription):
        return _resuming_line(reader, last, _next_start(subscription, subscriptions), final, name)
    note = _("until %(day)s", day=last)
    text = _("With a %(plan)s subscription, until %(day)s.", plan=name, day=last)
    price = SubscriptionPrices(reader.db).of(subscription.plan_id, end)
    soon = end - reader.now <= SOON
    line = PlanLine(name=name, note=note, ends_soon=soon, renew=subscription.id, price=price)
    return line, text


def _next_start(subscription: Subscription, subscriptions: Sequence[Subscription]) -> Utc:
    """Return when the first later period of a plan begins, after a gap."""
    end = subscription.valid_until or subscription.valid_from
    starts = [
        period.valid_from for period in subscriptions if period.plan_id == subscription.plan_id
    ]
    return min(start for start in starts if start > end)


def _resuming_line(
    reader: MemberReader, last: str, start: Utc, final: Subscription, name: str
) -> tuple[PlanLine, str]:
    """Describe a subscription that ends and begins again after a gap."""
    resumes_on, end = day(start, reader.now, reader.zone), final.valid_until
    if end is None:
        note = _("until %(day)s, and again from %(start)s", day=last, start=resumes_on)
    else:
        note = _(
            "until %(day)s, and again from %(start)s to %(end)s",
            day=last,
            start=resumes_on,
            end=last_day(end, reader.now, reader.zone),
        )
    text = _("With a %(plan)s subscription, %(until)s.", plan=name, until=note)
    if end is None:
        return PlanLine(name=name, note=note), text
    price = SubscriptionPrices(reader.db).of(final.plan_id, end)
    return PlanLine(name=name, note=note, renew=final.id, price=price), text


def unexpired_plans(reader: MemberReader) -> tuple[Subscription | Pass, ...]:
    """Return the member's subscriptions and passes that have not ended, also future ones."""
    plans: list[Subscription | Pass] = [
        *subscriptions_of(reader.db, reader.member, reader.who),
        *_passes(reader),
    ]
    return tuple(
        plan for plan in plans if plan.valid_until is None or plan.valid_until > reader.now
    )


def ending_lines(reader: MemberReader, names: Mapping[str, str]) -> tuple[EndingLine, ...]:
    """Return the subscriptions of this site that can end earlier."""
    return tuple(
        EndingLine(
            id=unexpired_plan.id,
            name=period_text(unexpired_plan, names, reader),
            first=max(unexpired_plan.valid_from, reader.now)
            .astimezone(reader.zone)
            .date()
            .isoformat(),
            last=_day_before(unexpired_plan.valid_until, reader)
            if unexpired_plan.valid_until
            else "",
        )
        for unexpired_plan in unexpired_plans(reader)
        if isinstance(unexpired_plan, Subscription) and unexpired_plan.plan_id in names
    )


def _day_before(end: Utc, reader: MemberReader) -> str:
    """Return the last day that is earlier than this end."""
    before = Utc.of(end - timedelta(days=1, milliseconds=1))
    return before.astimezone(reader.zone).date().isoformat()


def pass_lines(reader: MemberReader, names: Mapping[str, str]) -> tuple[PassLine, ...]:
    """Return the member's valid passes that still have units."""
    return tuple(
        PassLine(
            units_left=pass_.units - pass_.spent,
            units=pass_.units,
            note=names.get(pass_.plan_id, ""),
        )
        for pass_ in _passes(reader)
        if _is_valid(pass_, reader.now) and pass_.spent < pass_.units
    )


def _passes(reader: MemberReader) -> Iterable[Pass]:
    return all_items(
        lambda c: passes.page(reader.db, actor=reader.who, member_id=reader.member, cursor=c)
    )


def revocable_lines(reader: MemberReader, names: Mapping[str, str]) -> tuple[GivenLine, ...]:
    """Return the subscriptions and passes that the reader can take back, the newest first."""
    revocable = revocable_plans.revocable_plans(
        reader.db, reader.member, site().id, actor=reader.who, now=reader.now
    )
    sold = sales.sold_by(reader.db, reader.member, [grant.id for grant in revocable])
    return tuple(
        GivenLine(
            id=grant.id,
            name=period_text(grant, names, reader),
            act="plans.take_back" if grant.units is None else "plans.take_pass_back",
            needs_reason=grant.needs_reason,
            paid=_("Paid at the till: first cancel receipt %(n)s there.", n=sold[grant.id].receipt)
            if grant.id in sold
            else paid_note(reader.db, [grant.id]),
        )
        for grant in revocable
    )


def period_text(
    period: RevocablePlan | Subscription | Pass, names: Mapping[str, str], reader: MemberReader
) -> str:
    """Return the name of a subscription or a pass with its days."""
    plan = names.get(period.plan_id, period.plan_id)
    since = day(period.valid_from, reader.now, reader.zone)
    units = None if isinstance(period, Subscription) else period.units
    if units is not None:
        return _("Pass %(plan)s of %(n)s, since %(day)s", plan=plan, n=units, day=since)
    if period.valid_until is None:
        return _("Subscription %(plan)s, since %(day)s", plan=plan, day=since)
    end = last_day(period.valid_until, reader.now, reader.zone)
    return _("Subscription %(plan)s, %(day)s – %(end)s", plan=plan, day=since, end=end)


def works_for(reader: MemberReader, member: Member) -> tuple[str, tuple[Option, ...]]:
    """Return the payer that the member works for, and the possible ones.

    The choices are empty if the member can only work for themselves.
    """
    can_pay = (option for option in payers(reader, member) if _can_pay(reader, option.value))
    options = [Option(value="", text=_("Themselves")), *can_pay]
    works = member.works_for
    at_work = {f"organisation:{works.organisation_id}", f"project:{works.project_id}"}
    work_names = ", ".join(option.text for option in options if option.value in at_work)
    return work_names, tuple(options) if len(options) > 1 else ()


def _can_pay(reader: MemberReader, value: str) -> bool:
    """Return whether the organisation or project can pay; otherwise the member pays."""
    kind, _colon, key = value.partition(":")
    chosen = OnBehalf(**{f"{kind}_id": key})
    return on_behalf.still_valid(reader.db, site().id, chosen, reader.now) != OnBehalf()


def payers(reader: MemberReader, member: Member) -> tuple[Option, ...]:
    """Return the member's organisations and projects, as `organisation:ID` and `project:ID`."""
    options = []
    for kind, service, keys in (
        ("organisation", organisations.get, member.organisations),
        ("project", projects.get, member.projects),
    ):
        for key in keys:
            with suppress(NotFound):  # of another site
                name = read_label(service(reader.db, key, actor=reader.who).name)
                options.append(Option(value=f"{kind}:{key}", text=name))
    return tuple(options)


def _not_running(reader: MemberReader, subscription: Subscription, name: str) -> PlanLine:
    last = last_day(subscription.valid_until or subscription.valid_from, reader.now, reader.zone)
    begins = subscription.valid_from > reader.now
    start = day(subscription.valid_from, reader.now, reader.zone)
    note = _("from %(day)s", day=start) if begins else _("ended on %(day)s", day=last)
    if begins:
        return PlanLine(name=name, note=note, is_inactive=True)
    price = SubscriptionPrices(reader.db).of(subscription.plan_id, reader.now)
    return PlanLine(name=name, note=note, is_inactive=True, renew=subscription.id, price=price)


def _is_valid(grant: Subscription | Pass, now: Utc) -> bool:
    return grant.valid_from <= now and (grant.valid_until is None or now < grant.valid_until)
