"""What happened: events, sessions, alarms, what could not be taken, and reports."""

import re

import msgspec

from controller.capabilities.accounts import tokens
from controller.capabilities.alarms import alarms
from controller.capabilities.journal import events
from controller.capabilities.journal.shapes import Event, Quarantined
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.usage import report as usage
from controller.capabilities.usage import sessions
from controller.capabilities.usage.shapes import BookedTo, MachineSession, Usage, UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from controller.kernel.paging import Page
from webui.api.crud import Paged, cursor_of, filters_of, versioned
from webui.api.route import Call, Reply, Route

_EVENTS, _REPORTS, _LIVE = Permission.EVENTS_READ, Permission.REPORTS_READ, Permission.LIVE_READ
_COMMAND = Permission.COMMAND
_WRITE = Permission.MEMBERS_WRITE
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Filtered(Paged, frozen=True, kw_only=True):
    """By time, agent and access point; never by member."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None


class AlarmQuery(Filtered, frozen=True, kw_only=True):
    """By the time at which they were raised; `active`: only those that are, or that are over."""

    active: bool | None = None
    kind: str | None = None


class UsageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The months, `YYYY-MM`: from `month` to `until`; without, this month."""

    month: str | None = None
    until: str | None = None
    site: str | None = None
    split: UsageSplit | None = None
    """By organisation or project as well."""


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """A row for each access point and month."""

    items: list[Usage]
    next: str | None = None


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token; its secret is shown once."""

    id: str
    name: str
    token: str


def _filter(query: Filtered) -> events.Filter:
    return events.Filter(
        since=query.since, until=query.until, agent=query.agent, access_point=query.access_point
    )


def _events(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), _filter(call.query)
    return Reply(events.page(call.db, actor=call.actor, filters=filters, cursor=cursor))


def _quarantine(call: Call) -> Reply:
    return Reply(events.quarantine(call.db, actor=call.actor, cursor=cursor_of(call.query)))


def _sessions(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), _filter(call.query)
    return Reply(sessions.page(call.db, actor=call.actor, filters=filters, cursor=cursor))


def _session(call: Call) -> Reply:
    return versioned(sessions.get(call.db, call.path["id"], actor=call.actor))


def _booked_to(call: Call) -> Reply:
    return versioned(sessions.booked_to(call.db, call.path["id"], actor=call.actor))


def _book(call: Call) -> Reply:
    booked = sessions.change(
        call.db, call.path["id"], call.body, version=call.if_match, actor=call.actor, now=call.now
    )
    return versioned(booked)


def _alarms(call: Call) -> Reply:
    cursor, filters = cursor_of(call.query), filters_of(call.query)
    return Reply(alarms.page(call.db, actor=call.actor, cursor=cursor, **filters))


def _alarm(call: Call) -> Reply:
    return Reply(alarms.get(call.db, call.path["id"], actor=call.actor))


def _resolve(call: Call) -> Reply:
    key = call.path["id"]
    return Reply(alarms.resolve(call.db, key, call.body, actor=call.actor, now=call.now))


def _take(call: Call) -> Reply:
    return Reply(alarms.take(call.db, call.path["id"], actor=call.actor, now=call.now))


def _usage(call: Call) -> Reply:
    asked = call.query
    for name, month in (("month", asked.month), ("until", asked.until)):
        if month is not None and not _MONTH.fullmatch(month):
            raise Invalid.of(name, "expected YYYY-MM")
    site = asked.site or call.context.settings.site.id
    rows = usage.report(
        call.db,
        site,
        first=asked.month,
        last=asked.until,
        split=asked.split,
        actor=call.actor,
        now=call.now,
    )
    return Reply(UsageReport(items=rows))


def _tokens(call: Call) -> Reply:
    return Reply(tokens.page(call.db, actor=call.actor, cursor=cursor_of(call.query)))


def _add_token(call: Call) -> Reply:
    new = call.body
    account = call.actor.account_id or ""
    made, secret = tokens.add(
        call.db, account, new.name, new.scopes, call.now, call.actor, new.expires_at, new.per_minute
    )
    return Reply(TokenMade(id=made.id, name=made.name, token=secret))


def _revoke_token(call: Call) -> Reply:
    return Reply(tokens.revoke(call.db, call.path["id"], actor=call.actor, now=call.now))


ROUTES = [
    Route(
        method="GET",
        path="/events",
        handler=_events,
        query=Filtered,
        answers=Page[Event],
        permission=_EVENTS,
        summary="List events",
    ),
    Route(
        method="GET",
        path="/quarantine",
        handler=_quarantine,
        query=Paged,
        answers=Page[Quarantined],
        permission=_EVENTS,
        summary="List what was signed but could not be taken",
    ),
    Route(
        method="GET",
        path="/sessions",
        handler=_sessions,
        query=Filtered,
        answers=Page[MachineSession],
        permission=_EVENTS,
        summary="List machine sessions",
    ),
    Route(
        method="GET",
        path="/sessions/{id}",
        handler=_session,
        answers=MachineSession,
        permission=_EVENTS,
        summary="Get one machine session",
    ),
    Route(
        method="GET",
        path="/sessions/{id}/booked-to",
        handler=_booked_to,
        answers=BookedTo,
        permission=_WRITE,
        summary="On whose behalf a machine session was",
    ),
    Route(
        method="PATCH",
        path="/sessions/{id}",
        handler=_book,
        patch_of=OnBehalf,
        answers=MachineSession,
        permission=_WRITE,
        summary="Say afterwards on whose behalf it was",
    ),
    Route(
        method="GET",
        path="/alarms",
        handler=_alarms,
        query=AlarmQuery,
        answers=Page[alarms.Alarm],
        permission=_LIVE,
        summary="List alarms",
    ),
    Route(
        method="GET",
        path="/alarms/{id}",
        handler=_alarm,
        answers=alarms.Alarm,
        permission=_LIVE,
        summary="Get one alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/take",
        handler=_take,
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Take care of an alarm",
    ),
    Route(
        method="POST",
        path="/alarms/{id}/resolve",
        handler=_resolve,
        body=alarms.Resolution,
        answers=alarms.Alarm,
        permission=_COMMAND,
        summary="Say that an alarm is dealt with",
    ),
    Route(
        method="GET",
        path="/reports/usage",
        handler=_usage,
        query=UsageQuery,
        answers=UsageReport,
        permission=_REPORTS,
        summary="Use of each machine by month",
    ),
    Route(
        method="GET",
        path="/tokens",
        handler=_tokens,
        query=Paged,
        answers=Page[tokens.Token],
        permission=Permission.RULES_READ,
        summary="One's own tokens",
    ),
    Route(
        method="POST",
        path="/tokens",
        handler=_add_token,
        body=tokens.NewToken,
        answers=TokenMade,
        status=201,
        permission=Permission.OWN_WRITE,
        summary="Make a token for oneself",
    ),
    Route(
        method="POST",
        path="/tokens/{id}/revoke",
        handler=_revoke_token,
        answers=tokens.Token,
        permission=Permission.RULES_READ,
        summary="End a token",
    ),
]
