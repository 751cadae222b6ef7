"""What the *Catch up* page shows, and the periods to choose from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list
from flask import current_app, url_for

from controller.capabilities.activity.messages import ActivityTextRenderer
from controller.capabilities.activity.rows import ActivityList, Row, Section
from controller.capabilities.alarms.activity import handler_facts, is_active_alarm
from controller.domain.time import Utc
from controller.kernel.activity import ActivityRow, NextAction, Part, Weight, say
from webui.activity.strip import Strip
from webui.backups.pages import ADMIN
from webui.feature import OfferedAction
from webui.guard import is_allowed
from webui.i18n import _, locale, plural
from webui.i18n.dates import Moment, moment

ACTIONS_KEY = "activity actions"
"""Key in Flask's extensions of the actions that features offer for items."""
_BACKUP = ("backup",)
"""The first name of the row of the last backup."""
_MAX_NAMED_ITEMS = 3
"""How many urgent items are named above the list."""
_ICONS: Mapping[Part, str] = {
    Part.FAULTS: "zap",
    Part.USER_REPORTS: "qr-code",
    Part.BADGES: "id-card",
    Part.PEOPLE: "users",
    Part.RIGHTS: "hourglass",
    Part.SESSIONS: "graduation-cap",
    Part.BOOKINGS: "calendar-x",
    Part.MAINTENANCE: "wrench",
    Part.SAFETY: "siren",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAction:
    """The next action of an item: a link, or a form with a button."""

    text: str
    icon: str
    href: str
    sends: bool
    """Whether it is a form that is sent, rather than a link."""
    main: bool
    """Whether the item is urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """An item of the list."""

    key: str
    title: str
    facts: tuple[str, ...]
    is_urgent: bool
    """Whether the item is urgent and not seen yet."""
    is_information: bool
    """Whether it is for information only."""
    fine: bool
    """Whether there is nothing to mark as seen."""

    seen: str = ""
    """Who marked it as seen; empty: nobody."""
    seen_at: Moment | None = None
    act: RowAction | None = None
    then: str = ""
    """Key of the next row that is not seen yet, where the keyboard focus goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A section of the list."""

    id: str
    title: str
    icon: str
    rows: tuple[RowView, ...]
    more: str
    """Text on how many more items there are; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpPage:
    """What the *Catch up* page shows."""

    title: str
    since: Moment
    now: str
    """When the list was made: what comes afterwards is not shown."""
    choice: str
    choices: tuple[tuple[str, str], ...]
    typed: str
    """The list's beginning, as the field for date and time writes it."""
    urgent: str
    """A sentence on the urgent items; if there are none, on the active alarms."""
    counts: tuple[tuple[str, str, str], ...]
    """Of each part with something to do: its id, its icon, and how much that is."""
    parts: tuple[PartView, ...]
    open: int
    """How many items are not seen yet."""
    wrong: str = ""
    address: str = ""
    """E-mail address of the signed-in account; empty: it has none."""
    mailed: bool = False
    """Whether this account gets the list by e-mail every morning."""
    has_mail: bool = False
    """Whether the installation sends e-mails."""
    strip: Strip | None = None

    def key_to_focus(self, *wanted: str) -> str:
        """Return the first of these keys that is still listed, otherwise the key of the first
        unseen row, or an empty text."""
        rows = [row for part in self.parts for row in part.rows if not row.fine]
        keys = {row.key for row in rows}
        waiting = (row.key for row in rows if not row.seen)
        return next((key for key in wanted if key in keys), next(waiting, ""))


def page(
    activity: ActivityList,
    choice: str,
    typed: str,
    speaker: ActivityTextRenderer,
    *,
    has_read: bool,
    alarms: Sequence[str],
    wrong: str = "",
) -> CatchUpPage:
    """Return the page of a list; `choice` is the period that was chosen.

    `alarms`: names of the active alarms, as many as the navigation counts.
    """
    zone = ZoneInfo(speaker.zone)
    words = choices(has_read)
    since = moment(speaker.at(activity.since), activity.since, zone)
    parts = _with_next_keys([_part_view(section, speaker, zone) for section in activity.sections])
    return CatchUpPage(
        title=_titles().get(choice) or _("Catch up since %(since)s", since=since.text),
        since=since,
        now=activity.now.text(),
        choice=choice,
        choices=tuple(words.items()),
        typed=typed,
        urgent=_urgent_items(activity, speaker, alarms),
        counts=tuple(_counts(activity)),
        parts=parts,
        open=activity.open,
        wrong=wrong,
    )


def _urgent_items(
    activity: ActivityList, speaker: ActivityTextRenderer, alarms: Sequence[str]
) -> str:
    bad = [
        row.activity for row in activity.rows if row.is_open and row.activity.weight is Weight.BAD
    ]
    if bad:
        names = _first_names([speaker.say(row.title) for row in bad])
        return plural(
            "%(n)s item is urgent: %(names)s.",
            "%(n)s items are urgent: %(names)s.",
            len(bad),
            names=names,
        )
    active = [row.activity for row in activity.rows if is_active_alarm(row.activity)]
    if not active:
        return _("Nothing is urgent.")
    texts = [_alarm_text(row, speaker) for row in active]
    others = dict.fromkeys(name for name in alarms if not any(name in text for text in texts))
    names = _first_names([*texts, *map(_quoted, others)])
    return plural(
        "%(n)s alarm is active: %(names)s.",
        "%(n)s alarms are active: %(names)s.",
        len(alarms),
        names=names,
    )


def _alarm_text(row: ActivityRow, speaker: ActivityTextRenderer) -> str:
    title, handlers = _quoted(speaker.say(row.title)), handler_facts(row)
    return _("%(what)s (%(who)s)", what=title, who=speaker.say(handlers[0])) if handlers else title


def _quoted(text: str) -> str:
    return _("“%(said)s”", said=text)


def _first_names(items: Sequence[str]) -> str:
    shown = list(items[:_MAX_NAMED_ITEMS])
    if more := len(items) - len(shown):
        shown.append(plural("%(n)s more", "%(n)s more", more))
    return format_list(shown, locale=locale())


def _counts(activity: ActivityList) -> Iterator[tuple[str, str, str]]:
    for section in activity.sections:
        rows = [row.activity for row in section.rows if row.is_open]
        if number := sum(row.weight in (Weight.BAD, Weight.TODO) for row in rows):
            yield section.part.value, _ICONS[section.part], _count_text(section.part, number)


def _count_text(part: Part, number: int) -> str:
    match part:
        case Part.FAULTS:
            return plural("%(n)s fault or alarm", "%(n)s faults and alarms", number)
        case Part.USER_REPORTS:
            return plural("%(n)s report", "%(n)s reports", number)
        case Part.BADGES:
            return plural("%(n)s badge", "%(n)s badges", number)
        case Part.PEOPLE:
            return plural("%(n)s new member", "%(n)s new members", number)
        case Part.RIGHTS:
            return plural("%(n)s right", "%(n)s rights", number)
        case Part.SESSIONS:
            return plural("%(n)s session", "%(n)s sessions", number)
        case Part.BOOKINGS:
            return plural("%(n)s booking", "%(n)s bookings", number)
        case Part.MAINTENANCE:
            return plural("%(n)s maintenance task", "%(n)s maintenance tasks", number)
        case Part.SAFETY:
            return plural("%(n)s in the register", "%(n)s in the register", number)


def choices(has_read: bool) -> dict[str, str]:
    """Return the periods that one button each offers, with their titles."""
    titles = _titles()
    return {choice: titles[choice] for choice in CHOICES if has_read or choice != LAST}


def _titles() -> dict[str, str]:
    return {
        LAST: _("Catch up since you last read"),
        FRIDAY: _("Catch up since Friday"),
        YESTERDAY: _("Catch up since yesterday evening"),
        WEEK: _("Catch up on a week"),
    }


def _with_next_keys(parts: Sequence[PartView]) -> tuple[PartView, ...]:
    """Store in each row the key of the next unseen row; the last one gets its own key."""
    next_key, linked = "", list[PartView]()
    for part in reversed(parts):
        rows = []
        for row in reversed(part.rows):
            rows.append(replace(row, then=next_key or row.key))
            next_key = next_key if row.fine or row.seen else row.key
        linked.append(replace(part, rows=tuple(reversed(rows))))
    return tuple(reversed(linked))


def _part_view(section: Section, speaker: ActivityTextRenderer, zone: ZoneInfo) -> PartView:
    return PartView(
        id=section.part.value,
        title=speaker.part(section.part),
        icon=_ICONS[section.part],
        rows=tuple(_row(row, speaker, zone) for row in section.rows),
        more=" ".join(_more_texts(section)),
    )


def _more_texts(section: Section) -> Iterator[str]:
    if section.more:
        yield plural("and %(n)s more", "and %(n)s more", section.more)
    if section.at_least:
        yield _("at least")


def without_backups(activity: ActivityList) -> ActivityList:
    """Return the list where no location for backups is set: the last backup is something to do."""
    sections = (
        replace(section, rows=tuple(map(_without_backup, section.rows)))
        for section in activity.sections
    )
    return replace(activity, sections=tuple(sections))


def _without_backup(row: Row) -> Row:
    last = row.activity
    if last.names[:1] != _BACKUP or last.weight is not Weight.FINE:
        return row
    facts = () if is_allowed(ADMIN) else (say("an administrator sets backups up, in the settings"),)
    title = say("Nothing is backed up")
    return replace(row, activity=replace(last, title=title, facts=facts, weight=Weight.TODO))


def _row(row: Row, speaker: ActivityTextRenderer, zone: ZoneInfo) -> RowView:
    item, seen = row.activity, row.tick
    act = _row_action(item.action, row) if item.action else None
    if item.names[:1] == _BACKUP and item.weight is Weight.TODO and is_allowed(ADMIN):
        act = _backups_link()
    return RowView(
        key=item.key,
        title=speaker.say(item.title),
        facts=tuple(speaker.say(fact) for fact in item.facts),
        is_urgent=row.is_open and item.weight is Weight.BAD,
        is_information=item.weight is Weight.KNOW,
        fine=item.weight is Weight.FINE,
        seen=seen.by if seen else "",
        seen_at=moment(speaker.at(seen.at), seen.at, zone) if seen else None,
        act=act,
    )


def _backups_link() -> RowAction:
    href = url_for("backups.show")
    return RowAction(text=_("Backups"), icon="hard-drive", href=href, sends=False, main=False)


def _row_action(next_action: NextAction, row: Row) -> RowAction | None:
    """Return the row's action; None: this account may not do it."""
    offered: Mapping[str, OfferedAction] = current_app.extensions[ACTIONS_KEY]
    action = offered[next_action.code]
    if not is_allowed(action.permission):
        return None
    return RowAction(
        text=action.text(),
        icon=action.icon,
        href=url_for(action.endpoint, _anchor=action.anchor, **dict[str, Any](next_action.params)),
        sends=action.sends,
        main=row.is_open and row.activity.weight is Weight.BAD,
    )


# The beginning of the list: since it was last read, since Friday, or since a chosen time.

LAST, FRIDAY, YESTERDAY, WEEK = "last", "friday", "yesterday", "week"
CHOICES = (LAST, FRIDAY, YESTERDAY, WEEK)
EVENING = time(18)
"""When a day ends: lists since Friday or yesterday begin on the evening before."""
MAX_PERIOD = timedelta(days=42)
"""How far back a list can go."""
_FRIDAY = 4


class InvalidPeriod(Exception):
    """The text names no time within the last six weeks."""


def period_start(text: str, last: Utc | None, now: Utc, zone: ZoneInfo) -> Utc:
    """Return when the list begins; `last` is when it was last read.

    Without `last`, the choice `LAST` means since Friday. Raises InvalidPeriod.
    """
    local = now.astimezone(zone)
    if text == LAST and last is not None:
        return max(last, Utc.of(now - MAX_PERIOD))
    if text in (LAST, FRIDAY):
        return _evening_of(local, (local.weekday() - _FRIDAY) % 7 or 7, zone)
    if text == YESTERDAY:
        return _evening_of(local, 1, zone)
    if text == WEEK:
        return Utc.of(now - timedelta(days=7))
    return _moment(text, now, zone)


def _evening_of(local: datetime, days: int, zone: ZoneInfo) -> Utc:
    day = local.date() - timedelta(days=days)
    return Utc.of(datetime.combine(day, EVENING, zone))


def _moment(text: str, now: Utc, zone: ZoneInfo) -> Utc:
    """Parse the value of a browser's field for date and time, in the site's time zone."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
        at = Utc.of(moment)
    except (ValueError, OverflowError) as problem:
        raise InvalidPeriod from problem
    if not timedelta() <= now - at <= MAX_PERIOD:
        raise InvalidPeriod
    return at
