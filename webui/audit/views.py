"""The audit as its page shows it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from controller.capabilities.audit.action_labels import TITLES, Group, action_label, group_of
from controller.capabilities.audit.chain_check import Chain
from controller.capabilities.audit.reading import KINDS, PARTS, NamedEntry
from controller.domain.time import Utc
from controller.kernel.audit import Entry
from controller.kernel.privacy import PersonalDataRule, RetentionKind
from controller.settings import RetentionSettings
from webui.i18n import _, current, locale, pgettext, plural, translator
from webui.i18n.dates import Moment, clock, format_day, format_relative, moment
from webui.parts import Bar, Option

_DRAWN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{22}").fullmatch
"""A reference that nobody reads, and not a name in it."""
_ICONS: Mapping[Group, str] = {
    Group.TRAINING: "graduation-cap",
    Group.BADGES: "id-card",
    Group.PEOPLE: "users",
    Group.ACCOUNTS: "circle-user-round",
    Group.RULES: "wrench",
    Group.DATA: "file-search",
    Group.PLACE: "map-pin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One act."""

    seq: int
    number: str
    at: Moment
    icon: str
    who: str
    what: str
    whose: str
    reason: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The acts of a day."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """How far the chain holds."""

    holds: bool | None
    """None: nobody has read it yet."""
    title: str
    text: str
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """Retention periods, and the proof of the last deletion."""

    what: str
    kept: str
    last: str
    proof: int | None
    number: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    chain: ChainView
    days: tuple[Day, ...]
    fields: Mapping[str, str]
    """What was asked, to be asked again."""
    actors: tuple[Option, ...]
    groups: tuple[Option, ...]
    kinds: tuple[Option, ...]
    wrong: Mapping[str, str]
    """What of it can't be read, and so was not taken into account."""
    before: int | None
    keeps: tuple[KeptView, ...]


def number(value: int) -> str:
    """With the spaces of the language."""
    return format_decimal(value, locale=locale())


def chain_view(found: Chain, now: Utc, zone: ZoneInfo) -> ChainView:
    """In words, and as a bar."""
    if found.broken_at is not None:
        return ChainView(
            holds=False,
            title=_("The chain is broken from no. %(n)s", n=number(found.broken_at)),
            text=_("A line was changed or removed. Compare it with a backup: loquet audit verify."),
            bar=None,
        )
    if found.checked_at is None:
        return ChainView(
            holds=None,
            title=_("The chain has not been checked yet"),
            text=_("It is checked every night, and when you ask."),
            bar=None,
        )
    read = format_relative(found.checked_at, now, zone)
    text = _("Checked %(at)s.", at=read)
    if found.unread:
        text += " " + plural("%(n)s line since.", "%(n)s lines since.", found.unread)
    return ChainView(
        holds=True,
        title=_("The chain is intact up to no. %(n)s", n=number(found.held)),
        text=text,
        bar=Bar(percent=found.held * 100 // max(1, found.last), label=text),
    )


def days(told: Iterable[NamedEntry], zone: ZoneInfo) -> Iterator[Day]:
    """By day at the site, the last first."""
    for day, some in groupby(told, lambda entry: entry.entry.at.astimezone(zone).date()):
        title = format_day(day, "EEEE d MMMM y")
        yield Day(title=title, lines=tuple(_line(entry, zone) for entry in some))


def whose(told: NamedEntry, zone: ZoneInfo) -> str:
    """The name of what it was, else its kind and its reference, of a long one the end."""
    if told.entry.subject.startswith("course_session:") and (said := _session(told, zone)):
        return said
    if told.name is not None and (name := told.name.read(current())):
        return name
    if told.subject:
        return told.subject
    kind, _mark, key = told.entry.subject.partition(":")
    return f"{kind_names().get(kind, kind.replace('_', ' '))} {key[-4:] if _DRAWN(key) else key}"


def who(told: NamedEntry) -> str:
    """Who acted: a person, a box, or the program itself."""
    if told.by is not None and (name := told.by.read(current())):
        return name
    return "Loquet" if told.actor.startswith("system:") else told.actor


def _line(told: NamedEntry, zone: ZoneInfo) -> Line:
    entry = told.entry
    return Line(
        seq=entry.seq,
        number=number(entry.seq),
        at=moment(clock(entry.at, zone), entry.at, zone),
        icon=_ICONS[group_of(entry.action)],
        who=who(told),
        what=translator().say(action_label(entry.action)),
        whose=whose(told, zone),
        reason=entry.reason or "",
        more=" · ".join(_details(told, zone)),
    )


def _session(told: NamedEntry, zone: ZoneInfo) -> str:
    """A course session by its name and its date; nothing of one that is gone."""
    if told.session is None or told.begins is None:
        return ""
    name = told.session.read(current()) or kind_names()["course_session"]
    day = format_day(told.begins.astimezone(zone).date(), "long")
    return _("%(name)s, %(day)s", name=name, day=day)


def _details(told: NamedEntry, zone: ZoneInfo) -> Iterator[str]:
    """What the entry says besides, where it is for people; the file has all of it."""
    entry = told.entry
    if "session" in entry.detail and (session := _session(told, zone)):
        yield session
    for name in (*PARTS, "month"):
        if isinstance(value := entry.detail.get(name), str):
            yield (told.parts[name].read(current()) if name in told.parts else "") or value
    if isinstance(what := entry.detail.get("what"), str):
        yield things_that_go().get(what, what.replace("_", " "))
    if isinstance(rows := entry.detail.get("rows"), int):
        yield plural("%(n)s row", "%(n)s rows", rows)


def group_options() -> tuple[Option, ...]:
    """Kinds of acts."""
    rest = (Option(value=group.value, text=translator().say(TITLES[group])) for group in Group)
    return (Option(value="", text=_("All actions")), *rest)


def kind_options() -> tuple[Option, ...]:
    """Kinds of things."""
    names = kind_names()
    rest = (Option(value=kind, text=names[kind]) for kind in KINDS)
    return (Option(value="", text=_("Any subject")), *rest)


def kind_names() -> dict[str, str]:
    """What the kinds of subjects are called."""
    return {
        "member": _("member"),
        "account": _("account"),
        "access_point": _("machine"),
        "credential": _("badge"),
        "group": _("group"),
        "course_session": _("session"),
        "certification": _("certification"),
        "plan": _("plan"),
        "site": _("place"),
        "agent": _("box"),
        "incident": _("incident"),
        "money_entry": _("money entry"),
        "database": _("database"),
        "payment": _("payment"),
        "tariff": _("tariff"),
        "course": _("course"),
        "schedule": _("hours"),
        "zone": _("room"),
        "alarm": _("alarm"),
        "evacuation": _("evacuation"),
        "organisation": _("organisation"),
        "project": _("project"),
        "partner": _("funder"),
        "project_dataset": _("dataset"),
        "screen_address": _("screen address"),
        "token": _("token"),
        "safety_entry": _("safety register"),
        "tell_code": _("poster"),
        "window": _("supervision"),
        "need": _("need"),
        "session": _("use"),
        "visit": _("visit"),
        "event": _("entry or exit"),
        "webhook": _("webhook"),
        "calendar": _("calendar"),
        "chat": _("conversation"),
        "program": _("version of the program"),
        "card_master": _("card key"),
    }


def unread_words() -> dict[str, str]:
    """Errors of invalid fields."""
    day = _("This is not a date: the filter was ignored.")
    other = _("This option does not exist: the filter was ignored.")
    return {"from": day, "to": day, "by": other, "kind": other, "group": other}


def keeps_view(
    keeps: Iterable[PersonalDataRule],
    proofs: Iterable[Entry],
    settings: RetentionSettings,
    zone: ZoneInfo,
) -> Iterator[KeptView]:
    """Each kind of thing that goes with time."""
    last = {str(proof.detail.get("what")): proof for proof in proofs}
    long = _durations(settings)
    known = [(rule.retention, rule.kept) for rule in keeps if rule.retention]
    things = {
        retention.what: long.get(retention.kept or kept, "")
        for retention, kept in known
        if retention.is_of_sites
    }
    for what, kept in {**things, "members": long[RetentionKind.MEMBER]}.items():
        proof = last.get(what)
        yield KeptView(
            what=things_that_go().get(what, what.replace("_", " ")),
            kept=kept,
            last=_gone(proof, zone) if proof else _("nothing yet"),
            proof=proof.seq if proof else None,
            number=number(proof.seq) if proof else "",
            hash=proof.hash[:12] if proof else "",
        )


def _gone(proof: Entry, zone: ZoneInfo) -> str:
    rows = proof.detail.get("rows")
    day = format_day(proof.at.astimezone(zone).date(), "long")
    return _("%(n)s on %(day)s", n=number(rows if isinstance(rows, int) else 0), day=day)


def _durations(settings: RetentionSettings) -> dict[RetentionKind, str]:
    return {
        RetentionKind.ACCESS: plural("%(n)s day", "%(n)s days", settings.access_days),
        RetentionKind.MEMBER: _(
            "%(n)s months after the last subscription", n=settings.member_months
        ),
        RetentionKind.REASON: _("%(n)s months", n=settings.reason_months),
        RetentionKind.ANSWER: _("24 hours"),
        RetentionKind.MOMENT: _("two days"),
        RetentionKind.SHIFT: _("30 days after"),
        RetentionKind.REGISTER: _("5 years after the year"),
        RetentionKind.BOOKS: _("10 years"),
    }


def things_that_go() -> dict[str, str]:
    """Names of the tables with retention."""
    return {
        "events": _("Entries, exits and machine sessions"),
        "alarms": _("Alarms"),
        "bookings": _("Bookings"),
        "reports": _("What users reported"),
        "windows": pgettext("windows", "Supervision"),
        "groups": _("Groups"),
        "commands": _("Commands to machines"),
        "quarantine": _("Messages set aside"),
        "incidents": _("Searches after an incident"),
        "members": _("Records, certifications, badges"),
        "works_for": _("Organisations and projects recorded"),
        "accounts": _("Accounts"),
        "statement": _("Statements"),
        "money entry": _("Money entries"),
        "charge": _("Charges"),
        "payment": _("Payments"),
        "cash handover": _("Cash handed over"),
        "till day": _("Reasons for differences in the till"),
        "safety register": _("Safety register"),
        "webhook_deliveries": pgettext("deliveries", "Webhooks"),
        "ticks": _("Items marked as seen in Catch up"),
        "chat_deliveries": _("Alarms sent"),
        "messages": pgettext("messages", "E-mails"),
        "print_jobs": _("Prints"),
        "visitors of a month": _("Visitors of the month"),
        "annual answers": _("Answers for the annual report"),
        "volunteering": _("Volunteer hours"),
        "answers": _("Results of searches"),
        "audit checks": _("Audit log checks"),
        "notes": _("Handover notes"),
    }
