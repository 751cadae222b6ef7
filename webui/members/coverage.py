"""What covers a member's use: subscription, passes, and the organisation that they work for."""

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
from webui.billing.plan_prices import SubscriptionPrices
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
        last_of(subscription, bought) for subscription in bought if _holds(subscription, here.now)
    ]
    found = max(bought, key=end_order, default=None)
    if found is None:
        return (PlanLine(name=_("None"), over=True),), ""
    if not running:
        return (_not_running(here, found, names[found.plan_id]),), ""
    ends = {one.plan_id: one for one in sorted(running, key=end_order)}
    lines = [
        _running(here, one, bought, names) for one in sorted(ends.values(), key=end_order)[::-1]
    ]
    return tuple(line for line, _said in lines), " ".join(said for _line, said in lines)


def _running(
    here: MemberReader,
    found: Subscription,
    bought: Sequence[Subscription],
    names: Mapping[str, str],
) -> tuple[PlanLine, str]:
    name, end = names[found.plan_id], found.valid_until
    if end is None:
        said = _("With a %(plan)s subscription.", plan=name)
        return PlanLine(name=name, note=_("no end date")), said
    last = last_day(end, here.now, here.zone)
    final = last_of_plan(found, bought)
    if end_order(final) > end_order(found):
        return _resuming(here, last, _later(found, bought), final, name)
    note = _("until %(day)s", day=last)
    said = _("With a %(plan)s subscription, until %(day)s.", plan=name, day=last)
    price = SubscriptionPrices(here.db).of(found.plan_id, end)
    return PlanLine(name=name, note=note, renew=found.id, price=price), said


def _later(found: Subscription, bought: Sequence[Subscription]) -> Utc:
    """Return when the first later period of a plan begins, after a gap."""
    end = found.valid_until or found.valid_from
    starts = [one.valid_from for one in bought if one.plan_id == found.plan_id]
    return min(start for start in starts if start > end)


def _resuming(
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
    said = _("With a %(plan)s subscription, %(until)s.", plan=name, until=note)
    if end is None:
        return PlanLine(name=name, note=note), said
    price = SubscriptionPrices(here.db).of(final.plan_id, end)
    return PlanLine(name=name, note=note, renew=final.id, price=price), said


def unexpired_plans(here: MemberReader) -> tuple[Subscription | Pass, ...]:
    """The member's subscriptions and passes that are not over, also those to come."""
    found: list[Subscription | Pass] = [
        *subscriptions_of(here.db, here.member, here.who),
        *_passes(here),
    ]
    return tuple(one for one in found if one.valid_until is None or one.valid_until > here.now)


def ending_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[EndingLine, ...]:
    """Subscriptions of this site that can be given an earlier last day."""
    return tuple(
        EndingLine(
            id=one.id,
            name=period_text(one, names, here),
            first=max(one.valid_from, here.now).astimezone(here.zone).date().isoformat(),
            last=_day_before(one.valid_until, here) if one.valid_until else "",
        )
        for one in unexpired_plans(here)
        if isinstance(one, Subscription) and one.plan_id in names
    )


def _day_before(end: Utc, here: MemberReader) -> str:
    """The last day on which an end is still earlier than this one."""
    before = Utc.of(end - timedelta(days=1, milliseconds=1))
    return before.astimezone(here.zone).date().isoformat()


def pass_lines(here: MemberReader, names: Mapping[str, str]) -> tuple[PassLine, ...]:
    """Return the member's valid passes that still have units."""
    return tuple(
        PassLine(
            left=pass_.units - pass_.spent, units=pass_.units, note=names.get(pass_.plan_id, "")
        )
        for pass_ in _passes(here)
        if _holds(pass_, here.now) and pass_.spent < pass_.units
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
        )
        for grant in found
    )


def period_text(
    one: RevocablePlan | Subscription | Pass, names: Mapping[str, str], here: MemberReader
) -> str:
    """Return the name of a subscription or a pass with its days."""
    plan = names.get(one.plan_id, one.plan_id)
    since = day(one.valid_from, here.now, here.zone)
    units = None if isinstance(one, Subscription) else one.units
    if units is not None:
        return _("Pass %(plan)s of %(n)s, since %(day)s", plan=plan, n=units, day=since)
    if one.valid_until is None:
        return _("Subscription %(plan)s, since %(day)s", plan=plan, day=since)
    end = last_day(one.valid_until, here.now, here.zone)
    return _("Subscription %(plan)s, %(day)s – %(end)s", plan=plan, day=since, end=end)


def works_for(here: MemberReader, found: Member) -> tuple[str, tuple[Option, ...]]:
    """Return whom the member works for at present, and whom they could work for.

    The choices are empty if the member can only work for themselves.
    """
    can_pay = (option for option in payers(here, found) if _pays(here, option.value))
    options = [Option(value="", text=_("Themselves")), *can_pay]
    works = found.works_for
    at_work = {f"organisation:{works.organisation_id}", f"project:{works.project_id}"}
    named = ", ".join(option.text for option in options if option.value in at_work)
    return named, tuple(options) if len(options) > 1 else ()


def _pays(here: MemberReader, value: str) -> bool:
    """Return whether the organisation or project can pay; otherwise the member pays."""
    kind, _colon, key = value.partition(":")
    chosen = OnBehalf(**{f"{kind}_id": key})
    return on_behalf.still_valid(here.db, site().id, chosen, here.now) != OnBehalf()


def payers(here: MemberReader, found: Member) -> tuple[Option, ...]:
    """Return the member's organisations and projects, as `organisation:ID` and `project:ID`."""
    options = []
    for kind, service, keys in (
        ("organisation", organisations.get, found.organisations),
        ("project", projects.get, found.projects),
    ):
        for key in keys:
            with suppress(NotFound):  # of another site
                name = read_label(service(here.db, key, actor=here.who).name)
                options.append(Option(value=f"{kind}:{key}", text=name))
    return tuple(options)


def _not_running(here: MemberReader, found: Subscription, name: str) -> PlanLine:
    last = last_day(found.valid_until or found.valid_from, here.now, here.zone)
    begins = found.valid_from > here.now
    start = day(found.valid_from, here.now, here.zone)
    note = _("from %(day)s", day=start) if begins else _("ended on %(day)s", day=last)
    if begins:
        return PlanLine(name=name, note=note, over=True)
    price = SubscriptionPrices(here.db).of(found.plan_id, here.now)
    return PlanLine(name=name, note=note, over=True, renew=found.id, price=price)


def _holds(grant: Subscription | Pass, now: Utc) -> bool:
    return grant.valid_from <= now and (grant.valid_until is None or now < grant.valid_until)
