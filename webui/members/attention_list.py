"""The panel beside the list of members: members who need attention."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.plans import attention_list
from controller.domain.time import Utc
from webui.billing.plan_prices import SubscriptionPrices
from webui.context import context
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import day, format_relative, is_date, last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionLine:
    """One person who needs attention, why, and since when; `renew` is a subscription to extend."""

    member: str
    name: str
    note: str
    when: str = ""
    renew: str = ""
    price: str = ""
    """What extending the subscription costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionGroup:
    """Lines with the same reason: the first few, and how many there are in all."""

    title: str
    icon: str
    count: int
    lines: tuple[AttentionLine, ...]
    state: str = ""
    """Value of the filter that lists all of them; empty: no such filter."""
    do: str = ""
    """Label of the button that leads to the person's page."""
    anchor: str = ""

    @property
    def more(self) -> int:
        """How many lines are not shown."""
        return self.count - len(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionPage:
    """All groups that have something to show."""

    groups: tuple[AttentionGroup, ...]

    @property
    def count(self) -> int:
        """How many lines all groups have."""
        return sum(group.count for group in self.groups)


def attention_page(plans: Mapping[str, str]) -> AttentionPage:
    """Return what needs attention at this site; `plans` are names by id."""
    web, place = context(), site()
    now, zone = web.clock(), site_zone()
    today = Utc.midnight(now.astimezone(zone).date(), zone)
    with web.database.read() as db:
        attention = attention_list.attention_list(db, place.id, today=today, actor=actor(), now=now)
        prices = SubscriptionPrices(db)
    groups = (
        _ending_subscriptions(attention, plans, prices, now, zone),
        _lent_badges(attention, now, zone),
        _new_without_badge(attention, now, zone),
    )
    return AttentionPage(groups=tuple(group for group in groups if group.count))


def _ending_subscriptions(
    attention: attention_list.AttentionList,
    plans: Mapping[str, str],
    prices: SubscriptionPrices,
    now: Utc,
    zone: ZoneInfo,
) -> AttentionGroup:
    return AttentionGroup(
        title=_("Subscriptions that end"),
        icon="hourglass",
        count=attention.ending_count,
        state="ending",
        lines=tuple(
            AttentionLine(
                member=subscription.member_id,
                name=subscription.name,
                note=plans.get(subscription.plan_id, ""),
                when=_end_text(subscription.until, now, zone),
                renew=subscription.subscription_id,
                price=prices.of(subscription.plan_id, max(now, subscription.until)),
            )
            for subscription in attention.ending
        ),
    )


def _end_text(until: Utc, now: Utc, zone: ZoneInfo) -> str:
    last = last_day(until, now, zone)
    return _("ends on %(day)s", day=last) if until > now else _("ended on %(day)s", day=last)


def _lent_badges(
    attention: attention_list.AttentionList, now: Utc, zone: ZoneInfo
) -> AttentionGroup:
    return AttentionGroup(
        title=_("Badges lent, not returned"),
        icon="nfc",
        count=attention.overdue_count,
        do=_("See"),
        anchor="badges-title",
        lines=tuple(
            AttentionLine(
                member=badge.member_id,
                name=badge.name,
                note=_("badge %(ending)s", ending=badge.ending),
                when=_since_text(badge.since, now, zone),
            )
            for badge in attention.overdue
        ),
    )


def _new_without_badge(
    attention: attention_list.AttentionList, now: Utc, zone: ZoneInfo
) -> AttentionGroup:
    return AttentionGroup(
        title=_("New, without a badge"),
        icon="badge-plus",
        count=attention.without_badge_count,
        state="no-badge",
        do=_("Give"),
        anchor="enrol",
        lines=tuple(
            AttentionLine(
                member=newcomer.member_id,
                name=newcomer.name,
                note=_("since %(day)s", day=day(newcomer.joined, now, zone)),
            )
            for newcomer in attention.without_badge
        ),
    )


def _since_text(at: Utc, now: Utc, zone: ZoneInfo) -> str:
    when = format_relative(at, now, zone)
    return _("since %(day)s", day=when) if is_date(when) else _("since %(when)s", when=when)
