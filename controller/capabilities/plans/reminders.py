"""Finds subscriptions that end in 30 or 7 days, or have ended, for messages to their members."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices
from controller.capabilities.messages.reminders import Reminder, Window
from controller.capabilities.plans import messages
from controller.capabilities.plans.messages import (
    SubscriptionEndedMessage,
    SubscriptionEndsMessage,
    SubscriptionMessage,
)
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc

DAYS_BEFORE = (30, 7)
"""Days of notice before the end."""


def find_due(db: Session, site_id: str, window: Window) -> Iterator[Reminder]:
    """Yield the messages to active members that are due in the window."""
    if site_choices.is_written(db, SubscriptionEndsMessage, site_id):
        for days in DAYS_BEFORE:
            yield from _warnings(db, site_id, window, days)
    if site_choices.is_written(db, SubscriptionEndedMessage, site_id):
        for row, plan, end in _ending_subscriptions(db, site_id, window):
            message = SubscriptionEndedMessage(
                subscription_id=row.id,
                plan=plan.name,
                ends_at=end.text(),
                grace_days=plan.grace_days,
            )
            yield _reminder(row, message, "ended")


def _warnings(db: Session, site_id: str, window: Window, days: int) -> Iterator[Reminder]:
    """Yield messages with this notice, except for subscriptions shorter than twice the notice."""
    notice = timedelta(days=days)
    for row, plan, end in _ending_subscriptions(db, site_id, window.shifted(notice)):
        if end - row.valid_from >= 2 * notice:
            message = SubscriptionEndsMessage(
                subscription_id=row.id, plan=plan.name, ends_at=end.text()
            )
            yield _reminder(row, message, str(days))


def _ending_subscriptions(
    db: Session, site_id: str, window: Window
) -> Iterator[tuple[SubscriptionRow, PlanRow, Utc]]:
    """Yield active members' subscriptions that end in the window without another one after them."""
    rows = db.execute(
        select(SubscriptionRow, PlanRow)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .join(MemberRow, MemberRow.id == SubscriptionRow.member_id)
        .where(
            SubscriptionRow.valid_until > window.after,
            SubscriptionRow.valid_until <= window.until,
            PlanRow.site_id == site_id,
            MemberRow.status == MemberStatus.ACTIVE,
            MemberRow.email.is_not(None),
            ~messages.follow_on_condition(),
        )
        .order_by(SubscriptionRow.id)
    ).all()
    for row, plan in rows:
        if row.valid_until is not None:
            yield row, plan, row.valid_until


def _reminder(row: SubscriptionRow, message: SubscriptionMessage, cause: str) -> Reminder:
    key = f"{row.id}/{message.ends_at}/{cause}"
    return Reminder(member_id=row.member_id, message=message, key=key)
