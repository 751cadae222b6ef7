"""The list of members after a search, as the page shows it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import url_for

from controller.capabilities.members.search import words
from controller.capabilities.plans.member_filter import SOON, MemberFilter
from controller.capabilities.plans.member_search import Counts, MemberResult
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.paging import Page
from webui.i18n import _, plural
from webui.i18n.dates import Zone, day, last_day
from webui.parts import Chip

BY_NAME = "name"
"""The order of the list that is not the usual one, in its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """One member in the list."""

    id: str
    name: str
    categories: str
    state: Chip
    notice: Chip | None
    """What is unusual, for the list; None: nothing."""
    plans: tuple[tuple[str, str], ...]
    """Each plan that is valid, or the next or last one, and when it ends or ended."""
    badge: str
    marked: tuple[tuple[str, bool], ...]
    """The name in pieces, and whether each piece matches the search."""
    joined: str = ""
    """Since when the member is known, where the list is in that order."""
    beside: str = ""
    """A mark that distinguishes the member from others of the same name; empty: the name is
    unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter of the list."""

    text: str
    href: str
    is_active: bool
    count: int | None = None
    """How many members it matches; None if that isn't counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """A page of results; `next` and `first` are addresses, None if there is no such page."""

    query: str
    state: str
    """The chosen filter, as the address has it; empty: all members."""
    lines: tuple[MemberLine, ...]
    filters: tuple[Filter, ...]
    title: str
    counted: int | None = None
    """How many members there are, and `covered` how many with a subscription.

    None: too many to count.
    """
    covered: int | None = None
    may_choose: bool = False
    """Whether the reader may run a bulk operation."""
    may_label: bool = False
    """Whether the reader may print labels for badges."""
    may_add: bool = False
    next: str | None = None
    first: str | None = None
    is_by_name: bool = False
    sort: str = ""
    """Address of the list in the other order; empty: there is only one."""


def members_page(
    query: str,
    member_filter: MemberFilter | None,
    matches: Page[MemberResult],
    after: str | None,
    plans: Mapping[str, str],
    now: Utc,
    zone: Zone,
    counts: Counts | None,
    *,
    is_by_name: bool = False,
) -> MembersPage:
    """Return a page of results in the current language; `plans` are names by id."""
    order, other = (BY_NAME, None) if is_by_name else (None, BY_NAME)
    parameters: dict[str, Any] = {"q": query or None, "state": member_filter, "sort": order}
    has_orders = not query and counts is not None
    if query:
        title = _("Results for “%(query)s”", query=query)
    elif is_by_name:
        title = _("By name")
    else:
        title = (
            _("Newest members first") if member_filter is None else filter_words()[member_filter]
        )
    return MembersPage(
        query=query,
        state=member_filter or "",
        lines=tuple(
            replace(
                member_line(member, plans, now, zone, query),
                joined="" if query or is_by_name else _joined_text(member, now, zone),
            )
            for member in matches.items
        ),
        filters=_filters(query, member_filter, counts, order),
        counted=None if counts is None else counts.total,
        covered=None if counts is None else counts.by_filter[MemberFilter.COVERED],
        title=title,
        next=url_for("members.search", **parameters, after=matches.next) if matches.next else None,
        first=url_for("members.search", **parameters) if after else None,
        is_by_name=is_by_name,
        sort=url_for("members.search", state=member_filter, sort=other) if has_orders else "",
    )


def _joined_text(member: MemberResult, now: Utc, zone: Zone) -> str:
    if member.created_at.astimezone(zone).date() == now.astimezone(zone).date():
        return _("today")
    return day(member.created_at, now, zone)


def filter_words() -> dict[MemberFilter, str]:
    """Return the label of each filter."""
    return {
        MemberFilter.ENDING: _("Ends soon"),
        MemberFilter.UNCOVERED: _("No subscription"),
        MemberFilter.NO_BADGE: _("No badge"),
        MemberFilter.SUSPENDED: _("Suspended"),
        MemberFilter.COVERED: _("Subscription or pass"),
        MemberFilter.LEFT: _("Left"),
    }


def _filters(
    query: str, member_filter: MemberFilter | None, counts: Counts | None, order: str | None
) -> tuple[Filter, ...]:
    every = Filter(
        text=_("All"),
        href=url_for("members.search", q=query or None, sort=order),
        is_active=member_filter is None,
        count=None if counts is None else counts.total,
    )
    return (
        every,
        *(
            Filter(
                text=word,
                href=url_for("members.search", q=query or None, state=choice, sort=order),
                is_active=choice is member_filter,
                count=None if counts is None else counts.by_filter[choice],
            )
            for choice, word in filter_words().items()
        ),
    )


def member_line(
    member: MemberResult, plans: Mapping[str, str], now: Utc, zone: Zone, query: str = ""
) -> MemberLine:
    """Return the line of one member."""
    state = member_state(member, now, zone)
    return MemberLine(
        id=member.id,
        name=member.display_name,
        categories=categories_text(member.categories),
        state=state,
        notice=_notice(member, state, now, zone),
        plans=tuple(_subscriptions(member, plans, now, zone)),
        badge=member.badge or "",
        marked=mark_matches(member.display_name, query),
    )


def member_state(member: MemberResult, now: Utc, zone: Zone) -> Chip:
    """Return the most important status of a member."""
    if member.status is MemberStatus.LEFT:
        return Chip(look="off", icon="user-x", word=_("Has left"))
    if member.status is MemberStatus.SUSPENDED:
        return Chip(look="no", icon="ban", word=_("Suspended"))
    if not member.is_covered:
        starts = member.subscription_from
        if starts is not None and starts > now:
            word = _("From %(day)s", day=day(starts, now, zone))
            return Chip(look="later", icon="clock", word=word)
        over = member.subscription_until is not None and member.subscription_until <= now
        word = _("Subscription ended") if over else _("No subscription")
        return Chip(look="no", icon="calendar-x", word=word)
    if member.badge is None:
        return Chip(look="later", icon="nfc", word=_("No badge"))
    if member.is_pass:
        return Chip(look="yes", icon="ticket-check", word=_("Pass"))
    until = member.subscription_until
    if until is not None and until - now <= SOON:
        last = last_day(until, now, zone)
        return Chip(look="later", icon="hourglass", word=_("Ends on %(day)s", day=last))
    return Chip(look="yes", icon="circle-check", word=_("Subscribed"))


def _notice(member: MemberResult, state: Chip, now: Utc, zone: Zone) -> Chip | None:
    """Return what is unusual about a member, beyond the other columns; None for nothing."""
    if state.look == "yes":
        return None
    if member.status is MemberStatus.ACTIVE and member.plan_id is None:
        bare = Chip(look="later", icon="nfc", word=_("No badge"))
        return bare if member.badge is None else None
    until = member.subscription_until
    if state.icon != "hourglass" or until is None:
        return state
    last = Utc.of(until - timedelta(milliseconds=1)).astimezone(zone).date()
    days = (last - now.astimezone(zone).date()).days
    word = plural("Ends in %(n)s day", "Ends in %(n)s days", days) if days else _("Ends today")
    return Chip(look=state.look, icon=state.icon, word=word)


def _subscriptions(
    result: MemberResult, plans: Mapping[str, str], now: Utc, zone: Zone
) -> Iterator[tuple[str, str]]:
    """Yield the name of each plan, and when it ends or ended."""
    if result.plan_id is None:
        return
    for plan, until in ((result.plan_id, result.subscription_until), *result.others):
        name, ends = plans.get(plan, plan), ""
        if result.is_pass:
            name = _("Pass %(plan)s", plan=name)
        if until is not None:
            ends = last_day(until, now, zone)
            if not result.is_covered and until <= now:
                ends = _("ended on %(day)s", day=ends)
        yield name, ends


def categories_text(categories: Sequence[str]) -> str:
    """Return the categories of a member, in words."""
    words = {
        "inhabitant": _("inhabitant"),
        "association": _("association"),
        "public_servant": _("public servant"),
        "entrepreneur": _("entrepreneur"),
        "student": _("student"),
        "minor": _("minor"),
        "guest": _("guest"),
    }
    return ", ".join(words.get(key, key) for key in categories)


# The letters of a name that match the search.

_WORD = re.compile(r"(\w+)")


def mark_matches(name: str, query: str) -> tuple[tuple[str, bool], ...]:
    """Return the name in pieces, and whether each piece matches the query; accents are ignored."""
    query_words = words(query)
    return tuple(_marked_pieces(name, query_words)) if query_words else ((name, False),)


def _marked_pieces(name: str, query_words: list[str]) -> Iterator[tuple[str, bool]]:
    for part in filter(None, _WORD.split(name)):
        bare = "".join(words(part))
        length = max((len(word) for word in query_words if bare.startswith(word)), default=0)
        if not length or len(bare) != len(part):
            yield part, False
            continue
        yield part[:length], True
        if part[length:]:
            yield part[length:], False
