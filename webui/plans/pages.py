"""Actions on a member's page: give, extend and take back subscriptions and passes."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.members.changes import AlreadyLeft
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.changes import WasSold
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass, NewSubscription, Pass, Subscription
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.corrections import WhyGift
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError
from controller.kernel.validate import parse
from webui import refused_input
from webui.billing.plan_prices import SubscriptionPrices, paid_note, price_of
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import day as format_day
from webui.i18n.dates import last_day
from webui.members import coverage
from webui.members.holdings import MemberHoldings
from webui.members.member_action import back, origin, reason, refusal, refuse, run_action
from webui.members.reading import MemberReader
from webui.plans import periods
from webui.plans.consecutive_periods import last_of, last_of_plan, subscriptions_of
from webui.undo import done_with_undo, flash_done

pages = Pages("plans", __name__)
_WRITE = Permission.MEMBERS_WRITE


@pages.post("/members/<member>/subscriptions", _WRITE)
def subscribe(member: str) -> ResponseReturnValue:
    """Give a subscription from a day on, or after the one that is running, for a length."""
    form, zone, now = request.form, site_zone(), context().clock()

    def change(db: Session, now: Utc) -> tuple[Subscription, str]:
        plan = form.get("plan", "")
        period = _period(subscriptions_of(db, member, actor()), plan, now, zone)
        new = NewSubscription(
            member_id=member,
            plan_id=plan,
            valid_from=period.start,
            valid_until=period.end,
            reason=reason("why"),
        )
        return _with_price(db, subscriptions.create(db, new, actor=actor(), now=now))

    try:
        return run_action(
            member,
            change,
            lambda result: _flash_subscribed(*result, now, zone),
            conflict=refusal_of_subscription,
        )
    except periods.InvalidPeriod as problem:
        refused_input.keep()
        refuse(str(problem))
        return back(member)


def _period(
    subscriptions: Sequence[Subscription], plan: str, now: Utc, zone: ZoneInfo
) -> periods.Period:
    """Return the period that the form names; without a start it begins after the one that is
    running.

    Raises InvalidPeriod, also if the member has the plan on some of these days.
    """
    form = request.form
    start = periods.read_start(form.get("from", ""), now, zone)
    same_plan = [other for other in subscriptions if other.plan_id == plan]
    running = next((other for other in same_plan if _is_within(start, other)), None)
    is_next = running is not None and not form.get("from")
    if running is not None and is_next:
        end = last_of(running, same_plan).valid_until
        if end is None:
            raise periods.InvalidPeriod(
                _("This person has this subscription already, without an end.")
            )
        start, running = end, None
    length, day = form.get("length", ""), form.get("day", "")
    period = periods.read(length, day, start, zone, extends=is_next)
    starts = (other.valid_from for other in same_plan)
    if running or any(start < at and (not period.end or at < period.end) for at in starts):
        raise periods.InvalidPeriod(
            _(
                "They have this subscription on some of these days already: choose other days, or "
                "leave “From” blank to begin after the one that is running."
            )
        )
    return period


def _is_within(moment: Utc, period: Subscription) -> bool:
    return period.valid_from <= moment and (not period.valid_until or moment < period.valid_until)


@pages.post("/members/<member>/subscriptions/<key>/renew", _WRITE)
def renew(member: str, key: str) -> ResponseReturnValue:
    """Extend a subscription from its end or from now, whichever is later."""
    zone, length = site_zone(), request.form.get("length", "year")

    now = context().clock()

    def change(db: Session, now: Utc) -> tuple[Subscription, str]:
        old = _subscription_of(db, member, key)
        existing = subscriptions_of(db, member, actor())
        if last_of_plan(old, existing).valid_until != old.valid_until:
            raise Conflict("it goes on already")
        start = max(now, old.valid_until or now)
        period = periods.read(length, "", start, zone, extends=start > now)
        new = NewSubscription(
            member_id=member, plan_id=old.plan_id, valid_from=start, valid_until=period.end
        )
        return _with_price(db, subscriptions.create(db, new, actor=actor(), now=now))

    def flash_renewed(result: tuple[Subscription, str]) -> None:
        _flash_subscribed(*result, now, zone)

    try:
        return run_action(member, change, flash_renewed, conflict=_renewal_refusal)
    except periods.InvalidPeriod as problem:
        refuse(str(problem))
        return back(member)


@pages.post("/members/<member>/subscriptions/<key>/end", _WRITE)
def end(member: str, key: str) -> ResponseReturnValue:
    """End a subscription early on the chosen day, which is today or later, and before its own
    end."""
    zone, now = site_zone(), context().clock()

    def change(db: Session, now: Utc) -> tuple[Subscription, list[Subscription], str]:
        old = _subscription_of(db, member, key)
        day = request.form.get("day", "")
        ends = periods.read(periods.UNTIL, day, max(now, old.valid_from), zone).end
        if ends is None or (old.valid_until is not None and ends >= old.valid_until):
            raise periods.InvalidPeriod(_("It ends by then anyway: choose an earlier day."))
        changed, withdrawn = subscriptions.end_early(
            db, key, ends, reason=reason(), actor=actor(), now=now
        )
        paid = paid_note(db, [period.id for period in withdrawn])
        return (
            changed,
            withdrawn,
            " ".join(filter(None, (paid, _remaining_text(db, member, ends, now)))),
        )

    def flash_ended(result: tuple[Subscription, list[Subscription], str]) -> None:
        changed, withdrawn, rest = result
        last = last_day(changed.valid_until or now, now, zone)
        text = _("Subscription ends on %(day)s. Its charge stays as it is.", day=last)
        if withdrawn:
            start = format_day(withdrawn[0].valid_from, now, zone)
            text = _(
                "%(said)s What was given from %(day)s on is withdrawn, and no longer charged.",
                said=text,
                day=start,
            )
        flash_done(" ".join(filter(None, (text, rest))))

    try:
        return run_action(member, change, flash_ended, conflict=_end_refusal)
    except periods.InvalidPeriod as problem:
        refused_input.keep()
        refuse(str(problem))
        return back(member)


@pages.post("/members/<member>/subscriptions/<key>/take-back", _WRITE)
def take_back(member: str, key: str) -> ResponseReturnValue:
    """Remove a subscription that was given by mistake."""

    def change(db: Session, now: Utc) -> str:
        _subscription_of(db, member, key)
        paid = paid_note(db, [key])
        subscriptions.take_back(db, key, reason(), actor=actor(), now=now)
        return paid

    def flash_removed(paid: str) -> None:
        if paid:
            flash_done(_("Subscription removed. %(paid)s", paid=paid))
        else:
            flash_done(_("Subscription removed: nothing was given."))

    return run_action(member, change, flash_removed, conflict=_undo_refusal)


@pages.post("/members/<member>/passes", _WRITE)
def give_pass(member: str) -> ResponseReturnValue:
    """Give a pass for a number of days or half-days of a plan."""
    now, form = context().clock(), request.form
    data = {
        "member_id": member,
        "plan_id": form.get("plan", ""),
        "kind": form.get("kind", PassKind.DAY),
        "units": form.get("units", ""),
        "valid_from": now.text(),
        "reason": reason("pass-why"),
    }

    def change(db: Session, now: Utc) -> tuple[Pass, str]:
        new = msgspec.structs.replace(parse(data, NewPass, strict=False), valid_from=now)
        new_pass = passes.create(db, new, actor=actor(), now=now)
        return new_pass, price_of(db, new_pass)

    return run_action(
        member, change, lambda result: _flash_pass_given(*result), conflict=_pass_refusal
    )


@pages.post("/members/<member>/passes/<key>/take-back", _WRITE)
def take_pass_back(member: str, key: str) -> ResponseReturnValue:
    """Remove a pass that was given by mistake."""

    def change(db: Session, now: Utc) -> None:
        if passes.get(db, key, actor=actor()).member_id != member:
            raise NotFound("pass", key)
        passes.take_back(db, key, reason(), actor=actor(), now=now)

    return run_action(
        member, change, lambda _none: flash_done(_("Pass removed.")), conflict=_undo_refusal
    )


def _remaining_text(db: Session, member: str, end: Utc, now: Utc) -> str:
    """Return how many bookings and sessions are left after the last plan; empty: none."""
    reader = MemberReader(db=db, who=actor(), now=now, zone=site_zone(), member=member)
    plans = coverage.unexpired_plans(reader)
    if any(plan.valid_until is None or plan.valid_until > end for plan in plans):
        return ""
    count = sum(not line.released for line in MemberHoldings(reader).upcoming(end))
    stay = plural(
        "%(n)s booking or session after that stays: cancel it on the record if it is not wanted.",
        "%(n)s bookings or sessions after that stay: cancel them on the record if they are not "
        "wanted.",
        count,
    )
    return stay if count else ""


def _end_refusal(error: ServiceError) -> str:
    if isinstance(error, WasSold):
        return refusal_of_sold(error)
    if isinstance(error, Forbidden):
        return _(
            "It was extended already, and ending it withdraws the later period: a manager has to "
            "do that, but not for themselves."
        )
    if isinstance(error, Invalid):
        return _("Give a reason: a subscription or a pass ends early.")
    return refusal(error)


def refusal_of_sold(error: WasSold) -> str:
    """Return why a subscription that has not begun was not withdrawn, in the page's language."""
    return _(
        "A subscription that has not begun was paid at the till: first cancel receipt %(n)s "
        "there. Once the till of that day is closed, the treasurer does.",
        n=error.receipt,
    )


def _undo_refusal(error: ServiceError) -> str:
    if isinstance(error, WasSold):
        return _(
            "This was paid at the till: cancel receipt %(n)s there, then withdraw it if it is "
            "still here.",
            n=error.receipt,
        )
    if isinstance(error, Invalid):
        return _(
            "Give a reason: it has been used, a box that is offline may not have reported it "
            "yet, or you did not give it today."
        )
    if isinstance(error, Forbidden):
        return _(
            "It has been used, a box that is offline may not have reported it yet, or you did "
            "not give it today: a manager can withdraw it, with a reason."
        )
    if isinstance(error, Conflict):
        return _("It has already been used: give it an end date instead.")
    return refusal(error)


def refusal_of_subscription(error: ServiceError) -> str:
    """Return why a subscription could not be given, in the page's language."""
    why = next((why for why in WhyGift if why in str(error)), None)
    if why is None:
        return refusal(error)
    texts = {
        WhyGift.NO_PRICE: _("The tariff has no price for this plan (€0 if it is free)."),
        WhyGift.TOO_LONG: _("A price is for a year at most."),
        WhyGift.BEGUN: _("It starts before today."),
    }[why]
    if isinstance(error, Forbidden):
        return _("%(why)s A manager can give it, with a reason.", why=texts)
    return _("%(why)s Give the reason, in “Give a subscription”.", why=texts)


def _pass_refusal(error: ServiceError) -> str:
    if isinstance(error, Forbidden):
        return _("The tariff has no price for this pass: a manager can give it, with a reason.")
    if isinstance(error, Invalid) and any(
        field_error.field == "reason" for field_error in error.errors
    ):
        return _("The tariff has no price for this pass: give the reason.")
    return refusal(error)


def _renewal_refusal(error: ServiceError) -> str:
    if isinstance(error, Conflict) and not isinstance(error, AlreadyLeft):
        return _("Already extended: the record shows until when.")
    return refusal_of_subscription(error)


def _subscription_of(db: Session, member: str, key: str) -> Subscription:
    subscription = subscriptions.get(db, key, actor=actor())
    if subscription.member_id != member:
        raise NotFound("subscription", key)
    return subscription


def _with_price(db: Session, subscription: Subscription) -> tuple[Subscription, str]:
    return subscription, SubscriptionPrices(db).of(subscription.plan_id, subscription.valid_from)


def _flash_subscribed(subscription: Subscription, price: str, now: Utc, zone: ZoneInfo) -> None:
    end = subscription.valid_until
    text = _("Subscription given, no end date.")
    if end is not None:
        text = _("Subscription given until %(day)s.", day=last_day(end, now, zone))
    if subscription.valid_from > now:
        start = format_day(subscription.valid_from, now, zone)
        text = _("%(said)s It begins on %(day)s.", said=text, day=start)
    if price:
        text = _("%(said)s %(price)s.", said=text, price=price)
    done_with_undo(
        text, "plans.take_back", member=subscription.member_id, key=subscription.id, **origin()
    )


def _flash_pass_given(new_pass: Pass, price: str) -> None:
    text = _("Pass given: %(n)s to use.", n=new_pass.units)
    if price:
        text = _("%(said)s %(price)s on their statement.", said=text, price=price)
    done_with_undo(
        text, "plans.take_pass_back", member=new_pass.member_id, key=new_pass.id, **origin()
    )
