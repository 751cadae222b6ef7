"""Entries of the safety register in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.safety_register.models import AdditionKind, SafetyKind
from controller.capabilities.safety_register.shapes import Addition, SafetyEntry
from controller.domain.time import Utc
from webui.i18n import _, plural
from webui.i18n.dates import Moment, clock, format_day, moment
from webui.parts import Chip


@dataclass(frozen=True, slots=True)
class Names:
    """The names of machines and zones, by id."""

    points: Mapping[str, str]
    zones: Mapping[str, str]
    rooms: Mapping[str, str]
    """The zone of each machine that is in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryParagraph:
    """A paragraph with its title; `by` says when and by whom it was added later."""

    title: str
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry as it is shown and printed."""

    id: str
    version: int
    chip: Chip
    when: Moment
    where: str
    account: str
    hurt: str
    hurt_href: str
    injury: str
    paragraphs: tuple[EntryParagraph, ...]
    """What was done and added, paragraph by paragraph."""
    written: str
    read_by: str
    waits: bool
    """Whether the reader of the page has still to read it."""
    annulled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFilter:
    """A link to the entries of one month, or of the whole year."""

    name: str
    count: int
    href: str
    is_current: bool


def chips() -> dict[SafetyKind, Chip]:
    """Return each kind as word, icon and look."""
    return {
        SafetyKind.ACCIDENT: Chip(look="no", word=_("Accident"), icon="bandage"),
        SafetyKind.NEAR_MISS: Chip(look="out", word=_("Near miss"), icon="triangle-alert"),
        SafetyKind.DANGER: Chip(look="armed", word=_("Dangerous situation"), icon="octagon-alert"),
    }


def addition_words() -> dict[AdditionKind, str]:
    """Return the labels of the kinds of additions."""
    return {
        AdditionKind.FACT: _("More details"),
        AdditionKind.CARE: _("Care and what followed"),
        AdditionKind.MEASURE: _("Measure taken"),
    }


def entry_view(entry: SafetyEntry, names: Names, zone: ZoneInfo, *, must_read: bool) -> EntryView:
    """Return one entry as text; `must_read`: whether the reader has to read entries."""
    return EntryView(
        id=entry.id,
        version=entry.version,
        chip=chips()[entry.kind],
        when=moment(day_and_time(entry.happened_at, zone), entry.happened_at, zone),
        where=_place_text(entry, names),
        account=entry.account,
        hurt=_injury_text(entry),
        hurt_href=url_for("member.show", member=entry.member_id) if entry.member_id else "",
        injury=entry.injury or "",
        paragraphs=_paragraphs(entry, zone),
        written=_author_text(entry.written_by, entry.written_at, zone),
        read_by=_readers(entry, zone),
        waits=must_read and not entry.read,
        annulled=_annulment_text(entry, zone),
    )


def day_and_time(at: Utc, zone: ZoneInfo) -> str:
    """Return the whole date and the time, such as `Lundi 3 mai 2027 à 14:02`."""
    date = format_day(at.astimezone(zone).date(), "EEEE d MMMM y")
    return _("%(date)s at %(time)s", date=date[:1].upper() + date[1:], time=clock(at, zone))


def totals(entries: Sequence[SafetyEntry]) -> str:
    """Return how many entries of each kind there are, in words, without annulled ones."""
    counts = Counter(entry.kind for entry in entries if entry.annulled_at is None)
    accidents, near, dangers = (counts[kind] for kind in SafetyKind)
    words = {
        SafetyKind.ACCIDENT: plural("%(n)s accident", "%(n)s accidents", accidents),
        SafetyKind.NEAR_MISS: plural("%(n)s near miss", "%(n)s near misses", near),
        SafetyKind.DANGER: plural(
            "%(n)s dangerous situation", "%(n)s dangerous situations", dangers
        ),
    }
    return ", ".join(words[kind] for kind in SafetyKind if counts[kind])


def month_of(entry: SafetyEntry, zone: ZoneInfo) -> int:
    """Return the month in which it happened, by the site's clock."""
    return entry.happened_at.astimezone(zone).month


def month_filters(
    entries: Sequence[SafetyEntry], year: int, current: int | None, zone: ZoneInfo
) -> tuple[MonthFilter, ...]:
    """Return the whole year, then each month that has entries, the latest first."""
    counts = Counter(month_of(entry, zone) for entry in entries)
    names = {month: format_day(date(year, month, 1), "MMM") for month in counts}
    choices: list[tuple[int | None, str, int]] = [(None, _("All year"), len(entries))]
    choices += [(month, names[month], counts[month]) for month in sorted(counts, reverse=True)]
    return tuple(
        MonthFilter(
            name=name,
            count=count,
            href=url_for("safety.show", year=year, month=month),
            is_current=month == current,
        )
        for month, name, count in choices
    )


def _place_text(entry: SafetyEntry, names: Names) -> str:
    point = names.points.get(entry.access_point or "", entry.access_point)
    zone = names.zones.get(entry.zone_id or "", entry.zone_id)
    return ", ".join(part for part in (point, zone, entry.place) if part)


def _injury_text(entry: SafetyEntry) -> str:
    if entry.hurt:
        return entry.hurt
    return _("somebody; the people in charge know who") if entry.anybody_hurt else ""


def _paragraphs(entry: SafetyEntry, zone: ZoneInfo) -> tuple[EntryParagraph, ...]:
    own = (
        (_("What was done"), entry.done),
        (_("So that it does not happen again"), entry.measures),
    )
    first = [EntryParagraph(title=title, text=text) for title, text in own if text]
    return (*first, *(_addition(addition, zone) for addition in entry.additions))


def _addition(addition: Addition, zone: ZoneInfo) -> EntryParagraph:
    title = addition_words()[addition.kind]
    return EntryParagraph(
        title=title, text=addition.text, by=_author_text(addition.by, addition.at, zone)
    )


def _author_text(name: str | None, at: Utc, zone: ZoneInfo) -> str:
    when = f"{format_day(at.astimezone(zone).date(), 'd MMMM y')}, {clock(at, zone)}"
    return _("%(name)s, %(when)s", name=name or _("somebody"), when=when)


def _readers(entry: SafetyEntry, zone: ZoneInfo) -> str:
    """Return who has read the entry, each with the last time only."""
    last = {reading.by: reading.at for reading in entry.readings}
    return " ; ".join(_author_text(name, at, zone) for name, at in last.items())


def _annulment_text(entry: SafetyEntry, zone: ZoneInfo) -> str:
    if entry.annulled_at is None:
        return ""
    by = _author_text(entry.annulled_by, entry.annulled_at, zone)
    return _("Annulled by %(by)s: %(why)s", by=by, why=entry.annulled_because or "")
