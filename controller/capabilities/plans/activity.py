"""For *Catch up*: subscriptions that have ended or end soon, overdrawn passes, and new members."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import newcomers, withdrawn
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.domain.facts import MemberStatus, Name
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    count,
    say,
)
from controller.kernel.paging import without_index
from controller.policy.reading import from_json
from controller.store.packed_event import first_id

RENEW = "subscription.renew"


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(
        newcomers.newcomer_rows(db, query),
        _overdrawn(db, query),
        _days_without_time(db, query),
        _ending_subscriptions(db, query),
        withdrawn.withdrawn_rows(db, query),
    )


def _overdrawn(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield passes of which more days were used than they have.

    An offline box doesn't know of days used elsewhere, and a stolen one may report false uses.
    """
    used_since = select(PassUse.pass_id).where(PassUse.id >= first_id(query.since.millis()))
    used = select(func.count(PassUse.id)).where(PassUse.pass_id == PassRow.id).scalar_subquery()
    rows = db.execute(
        select(
            *(PassRow.id, PassRow.member_id, PassRow.units, used.label("used")),
            *(MemberRow.display_name, PlanRow.name),
        )
        .join(MemberRow, MemberRow.id == PassRow.member_id)
        .join(PlanRow, PlanRow.id == PassRow.plan_id)
        .where(PassRow.id.in_(used_since), without_index(PlanRow.site_id) == query.site)
        .where(used > PassRow.units)
        .order_by(PassRow.id)
        .limit(query.limit)
    )
    for row in rows:
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("pass", row.id, str(row.used)),
            at=query.now,
            title=say(
                "%(name)s: %(plan)s pass", name=row.display_name, plan=from_json(row.name, Name)
            ),
            facts=(
                say("%(used)s of %(units)s used", used=row.used, units=row.units),
                say("a box was offline, or may have been stolen"),
            ),
            weight=Weight.TODO,
            action=NextAction(newcomers.SHOW_MEMBER, {"member": row.member_id}),
        )


def _days_without_time(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield passes that were used at a box that had no time, as of when it reported that: its days
    are estimates (decision 0334)."""
    latest_at = func.max(PassUse.latest_at, type_=PassUse.latest_at.type)
    rows = db.execute(
        select(
            *(PassRow.id, PassRow.member_id, MemberRow.display_name, PlanRow.name),
            *(func.count(PassUse.id).label("days"), latest_at.label("latest_at")),
        )
        .join(PassRow, PassRow.id == PassUse.pass_id)
        .join(MemberRow, MemberRow.id == PassRow.member_id)
        .join(PlanRow, PlanRow.id == PassRow.plan_id)
        .where(PassUse.latest_at >= query.since, without_index(PlanRow.site_id) == query.site)
        .group_by(PassRow.id, MemberRow.id, PlanRow.id)
        .order_by(PassRow.id)
        .limit(query.limit)
    )
    for row in rows:
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("pass_no_time", row.id, row.latest_at.text()),
            at=row.latest_at,
            title=say(
                "%(name)s: %(plan)s pass", name=row.display_name, plan=from_json(row.name, Name)
            ),
            facts=(
                count("%(n)s day used", "%(n)s days used", row.days),
                say("perhaps on more days: the box had no clock"),
            ),
            weight=Weight.KNOW,
            action=NextAction(newcomers.SHOW_MEMBER, {"member": row.member_id}),
        )


def _ending_subscriptions(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    later = aliased(SubscriptionRow)
    is_renewed = exists().where(
        later.member_id == SubscriptionRow.member_id,
        later.id != SubscriptionRow.id,
        later.valid_until.is_(None) | (later.valid_until > SubscriptionRow.valid_until),
    )
    rows = db.execute(
        select(
            SubscriptionRow.id,
            SubscriptionRow.member_id,
            SubscriptionRow.valid_until,
            MemberRow.display_name,
            PlanRow.name,
        )
        .join(MemberRow, MemberRow.id == SubscriptionRow.member_id)
        .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
        .where(without_index(PlanRow.site_id) == query.site)  # use the index of the end instead
        .where(without_index(MemberRow.status) == MemberStatus.ACTIVE)
        .where(SubscriptionRow.valid_until >= query.since)
        .where(SubscriptionRow.valid_until < query.until, ~is_renewed)
        .order_by(SubscriptionRow.valid_until, SubscriptionRow.id)
        .limit(query.limit)
    )
    for row in rows:
        until, plan = row.valid_until or query.now, from_json(row.name, Name)
        ended = say("ended %(at)s", at=until)
        ends = say("ends %(at)s", at=until)
        yield ActivityRow(
            part=Part.RIGHTS,
            names=("subscription", row.id, until.text()),
            at=until,
            title=say("%(name)s: %(plan)s subscription", name=row.display_name, plan=plan),
            facts=(ended if until <= query.now else ends,),
            weight=Weight.TODO,
            action=NextAction(RENEW, {"member": row.member_id, "key": row.id}),
        )


RECENT = ActivitySource(
    read_rows=_activity_rows,
    actions=frozenset({RENEW, newcomers.SHOW_MEMBER, newcomers.SHOW_MEMBERS}),
)
