"""The page of needs for those in charge: reports to sort, and the table of needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from flask import request, url_for

from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import UserReport
from controller.capabilities.user_reports.shapes import Need, NeedState
from controller.capabilities.user_reports.similar_needs import closest
from controller.domain.facts import Name
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui import list_filter
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.list_filter import ListFilter
from webui.parts import Option
from webui.user_reports.need_view import NeedView, need_view, state_words, theme_words

PAGE = 25
"""Needs per page of the table."""
FIRST_REPORTS = 5
"""How many reports to sort are shown at first."""
OPENED = ("reply", "sort", "new", "words")
"""What a query opens on the page."""
STATES: dict[str, tuple[NeedState, ...]] = {
    "": tuple(NeedState),
    "open": (NeedState.OPEN,),
    "going": (NeedState.STUDIED, NeedState.STARTED),
    "done": (NeedState.DONE, NeedState.DECLINED),
}
"""The filters of the table, and the states that each shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsQuery:
    """The filters of the page of needs, and its open dialog."""

    list_filter: ListFilter
    reply: str = ""
    """The need whose reply is written."""
    sort: str = ""
    """The report for which another need is chosen."""
    new: str = ""
    """`yes`, or the report from which a need is made: the dialog is open."""
    words: str = ""
    """`all`: all reports to sort are shown."""

    @classmethod
    def read(cls) -> Self:
        """Read it from the address."""
        open_forms = {name: request.args.get(name, "")[:40] for name in OPENED}
        return cls(list_filter=list_filter.read(request.args), **open_forms)

    def href(self, endpoint: str = "needs.show", anchor: str | None = None, **more: Any) -> str:
        """Return an address that keeps the list; what `more` does not name is closed."""
        fields = {key: value for key, value in (self.list_filter.address | more).items() if value}
        return url_for(endpoint, _anchor=anchor, **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedReply:
    """The form of a need's reply, with what was typed if it was refused."""

    title: str
    theme: str
    state: str
    outcome: str
    published: bool
    own_theme: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """A row of the table."""

    id: str
    version: int
    seen: NeedView
    """The need in words."""
    count: int
    published: bool
    is_deletable: bool
    contact: str
    """How to reach those who wait for a reply, or who are to be told of it."""
    is_answered: bool
    reply: NeedReply | None
    """The form, if its reply is written in place."""


@dataclass(frozen=True, slots=True)
class Like:
    """The need that a text resembles."""

    id: str
    title: str
    times: str

    @classmethod
    def of(cls, text: str, needs: Iterable[Need]) -> Self | None:
        """Find it; None if none is close."""
        if (need := closest(text, needs)) is None:
            return None
        return cls(need.id, need.title, need_view(need, is_exact=True).times)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """A report of a need that is not sorted yet."""

    id: str
    text: str
    theme: str
    origin: str
    is_at_machine: bool
    at: Moment
    contact: str
    like: Like | None
    is_open: bool
    """Whether another need is chosen in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedDialog:
    """The dialog for a new need, perhaps made from a report, with what was typed."""

    report: str
    title: str
    theme: str
    own_theme: str
    published: bool
    wrong: str = ""
    like: Like | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPage:
    """The page: reports to sort, and the table of needs."""

    query: NeedsQuery
    facts: tuple[str, ...]
    unsorted: tuple[ReportLine, ...]
    count: str
    """How many reports wait."""
    more: str
    """How many of them are not shown."""
    lines: tuple[NeedLine, ...]
    most: int
    """How often the most frequent need was reported."""
    filters: tuple[tuple[str, str, int], ...]
    """Key and text of each filter, and how many needs it shows."""
    next: str
    """How many rows follow; empty: none."""
    next_start: int
    is_empty: bool
    options: tuple[Option, ...]
    themes: tuple[Option, ...]
    states: tuple[Option, ...]
    dialog: NeedDialog | None
    may_write: bool


def read_page(
    db: Session, query: NeedsQuery, typed: NeedDialog | None = None, reply: NeedReply | None = None
) -> NeedsPage:
    """Read the page; `typed` is a new need that was refused, `reply` a reply."""
    who, place, words = actor(), site(), theme_words()
    site_needs = needs.of_site(db, place.id, actor=who)
    waiting = needs.unsorted_needs(db, place.id, actor=who, limit=needs.UNSORTED_LIMIT)
    list_filter = query.list_filter
    matching = [
        need for need in site_needs if replace(list_filter, state="").has(need.title, (), ())
    ]
    filtered = [
        need for need in matching if need.state in STATES.get(list_filter.state, STATES[""])
    ]
    lines = list_filter.page(filtered, PAGE)
    if reply and query.reply not in {need.id for need in lines}:  # it stands elsewhere by now
        lines = [*(need for need in site_needs if need.id == query.reply), *lines]
    shown = [need.id for need in lines]
    contacts, deletable = needs.contacts(db, shown, actor=who), needs.deletable(db, shown)
    listed = waiting if query.words == "all" else waiting[:FIRST_REPORTS]
    left, rest = len(waiting) - len(listed), len(filtered) - list_filter.start - PAGE
    own = {need.theme: need.theme for need in site_needs if need.theme not in words}
    return NeedsPage(
        query=query,
        facts=_facts(site_needs),
        unsorted=_reports(db, listed, site_needs, query),
        count=plural("%(n)s report, without a name", "%(n)s reports, without names", len(waiting)),
        more=plural("%(n)s more", "%(n)s more", left) if left else "",
        lines=tuple(
            _line(need, query, reply, contacts.get(need.id, ()), is_deletable=need.id in deletable)
            for need in lines
        ),
        most=max((need.times for need in site_needs), default=1) or 1,
        filters=_filters(matching),
        next=plural("%(n)s more", "%(n)s more", min(rest, PAGE)) if rest > 0 else "",
        next_start=list_filter.start + PAGE,
        is_empty=not site_needs,
        options=tuple(Option(value=need.id, text=need.title) for need in site_needs)
        if query.sort or query.reply
        else (),
        themes=tuple(Option(value=key, text=text) for key, text in {**words, **own}.items()),
        states=tuple(Option(value=key.value, text=it[2]) for key, it in state_words().items()),
        dialog=typed or _dialog(waiting, site_needs, query),
        may_write=is_allowed(Permission.RULES_WRITE),
    )


def _facts(needs: Sequence[Need]) -> tuple[str, ...]:
    if not needs:
        return ()
    times = sum(need.times for need in needs)
    done_count = sum(need.state in STATES["done"] for need in needs)
    return (
        plural("%(n)s need", "%(n)s needs", len(needs)),
        plural("reported %(n)s time", "reported %(n)s times", times),
        plural("%(n)s settled", "%(n)s settled", done_count),
    )


def _filters(matching: Sequence[Need]) -> tuple[tuple[str, str, int], ...]:
    texts = {
        "": _("All"),
        "open": _("Without a reply"),
        "going": _("In progress"),
        "done": _("Settled"),
    }
    return tuple(
        (key, texts[key], sum(need.state in states for need in matching))
        for key, states in STATES.items()
    )


def _line(
    need: Need,
    query: NeedsQuery,
    typed: NeedReply | None,
    contacts: Sequence[str],
    *,
    is_deletable: bool,
) -> NeedLine:
    reply = typed or NeedReply(
        title=need.title,
        theme=need.theme,
        state=need.state.value,
        outcome=need.outcome or "",
        published=need.published,
    )
    return NeedLine(
        id=need.id,
        version=need.version,
        seen=need_view(need, is_exact=True),
        count=need.times,
        published=need.published,
        is_deletable=is_deletable,
        contact=", ".join(contacts),
        is_answered=need.state in needs.ANSWERED,
        reply=reply if need.id == query.reply else None,
    )


def _reports(
    db: Session, shown: Sequence[UserReport], needs: Sequence[Need], query: NeedsQuery
) -> tuple[ReportLine, ...]:
    machines = machine_names(db, [row.access_point_id for row in shown])
    zone, now, words = site_zone(), context().clock(), theme_words()
    lines = []
    for row in shown:
        machine = machines.get(row.access_point_id or "", Name())
        lines.append(
            ReportLine(
                id=row.id,
                text=row.text or "",
                theme=words.get(row.theme or "", row.theme or ""),
                origin=machine.read(current()) or ("" if row.zone_id else _("public page")),
                is_at_machine=row.access_point_id is not None,
                at=relative(row.created_at, now, zone),
                contact=row.contact or "",
                like=Like.of(row.text or "", needs),
                is_open=row.id == query.sort,
            )
        )
    return tuple(lines)


def _dialog(
    waiting: Sequence[UserReport], needs: Sequence[Need], query: NeedsQuery
) -> NeedDialog | None:
    row = next((row for row in waiting if row.id == query.new), None)
    if row is None and query.new != "yes":
        return None
    return NeedDialog(
        report=row.id if row else "",
        title=(row.text or "") if row else "",
        theme=(row.theme or "") if row else "",
        own_theme="",
        published=False,
        like=Like.of(row.text or "", needs) if row else None,
    )
