"""What the audit page shows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from controller.capabilities.audit.action_labels import TITLES, ActionGroup, action_label, group_of
from controller.capabilities.audit.chain_check import Chain
from controller.capabilities.audit.reading import DETAIL_PARTS, SUBJECT_KINDS, NamedEntry
from controller.domain.time import Utc
from controller.kernel.audit import Entry
from controller.kernel.privacy import PersonalDataRule, RetentionKind
from controller.settings import RetentionSettings
from webui.audit.sentences import CERTIFICATION_SENTENCES, ICONS, SENTENCES
from webui.context import context
from webui.i18n import _, current, locale, pgettext, plural, translator
from webui.i18n.dates import Moment, ago, clock, format_day, moment, month_name
from webui.parts import Bar, Option

_IS_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{22}").fullmatch
"""Matches a random reference, which nobody can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of the audit log."""

    seq: int
    number: str
    at: Moment
    group: str
    icon: str
    sentence: str
    """The whole entry as a sentence; empty: it is made of its parts."""
    who: str
    what: str
    whose: str
    """The subject's name."""
    reason: str
    more: str
    """Further details of the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The entries of a day."""

    title: str
    groups: tuple[tuple[Line, ...], ...]
    """Consecutive entries; those of a group have the same actor and action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """The state of the hash chain."""

    is_intact: bool | None
    """None: it has not been checked yet."""
    title: str
    text: str
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionView:
    """The retention period of a kind of data, and the last deletion, with its entry as proof."""

    data_kind: str
    period: str
    last: str
    """How many rows were last deleted, and when."""
    proof: int | None
    """Number of the audit entry on that deletion; None: there was none."""
    number: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """What the page shows."""

    chain: ChainView
    days: tuple[Day, ...]
    fields: Mapping[str, str]
    """The values of the filter's form."""
    actors: tuple[Option, ...]
    groups: tuple[Option, ...]
    kinds: tuple[Option, ...]
    wrong: Mapping[str, str]
    """Errors of fields that were ignored."""
    before: int | None
    """Number of the entry before which the next page begins; None: this is the last page."""
    retention: tuple[RetentionView, ...]


def number(value: int) -> str:
    """Return a number with the language's separators."""
    return format_decimal(value, locale=locale())


def chain_view(chain: Chain, now: Utc, zone: ZoneInfo) -> ChainView:
    """Return the state of the chain as text and bar."""
    if chain.broken_at is not None:
        return ChainView(
            is_intact=False,
            title=_("The chain is broken from no. %(n)s", n=number(chain.broken_at)),
            text=_("A line was changed or removed. Compare it with a backup: loquet audit verify."),
            bar=None,
        )
    if chain.checked_at is None:
        return ChainView(
            is_intact=None,
            title=_("The chain has not been checked yet"),
            text=_("It is checked every night, and when you ask."),
            bar=None,
        )
    text = _("Checked %(at)s.", at=ago(chain.checked_at, now))
    if chain.unchecked:
        text += " " + plural("%(n)s line since.", "%(n)s lines since.", chain.unchecked)
    return ChainView(
        is_intact=True,
        title=_("The chain is intact up to no. %(n)s", n=number(chain.intact_until)),
        text=text,
        bar=Bar(percent=chain.intact_until * 100 // max(1, chain.last), label=text),
    )


def days(entries: Iterable[NamedEntry], zone: ZoneInfo) -> Iterator[Day]:
    """Group entries by day at the site, the last day first."""
    for day, day_entries in groupby(entries, lambda entry: entry.entry.at.astimezone(zone).date()):
        title = format_day(day, "EEEE d MMMM y")
        lines = (_line(entry, zone) for entry in day_entries)
        groups = groupby(lines, lambda line: (line.who, line.what))
        yield Day(title=title, groups=tuple(tuple(group) for _key, group in groups))


def subject_text(entry: NamedEntry, zone: ZoneInfo) -> str:
    """Return the name of the entry's subject, or its kind and the end of its reference."""
    if entry.entry.subject.startswith("course_session:") and (text := _session(entry, zone)):
        return text
    if entry.subject_label is not None and (name := entry.subject_label.read(current())):
        return name
    if entry.subject_name:
        return entry.subject_name
    kind, _mark, key = entry.entry.subject.partition(":")
    if kind == "tariff" and isinstance(version := entry.entry.detail.get("number"), int):
        return _("tariff, version %(n)s", n=version)
    return (
        f"{kind_names().get(kind, kind.replace('_', ' '))} {key[-4:] if _IS_RANDOM(key) else key}"
    )


def actor_text(entry: NamedEntry) -> str:
    """Return who acted: a person, an agent, or the program itself."""
    if entry.agent_label is not None and (name := entry.agent_label.read(current())):
        return name
    return "Loquet" if entry.actor_name.startswith("system:") else entry.actor_name


def _line(named_entry: NamedEntry, zone: ZoneInfo) -> Line:
    entry = named_entry.entry
    sentence = _sentence(named_entry, zone)
    return Line(
        seq=entry.seq,
        number=number(entry.seq),
        at=moment(clock(entry.at, zone), entry.at, zone),
        group=translator().say(TITLES[group_of(entry.action)]),
        icon=ICONS[group_of(entry.action)],
        sentence=sentence,
        who=actor_text(named_entry),
        what=translator().say(action_label(entry.action)),
        whose=subject_text(named_entry, zone),
        reason=entry.reason or "",
        more=" · ".join(it for it in _details(named_entry, zone) if it not in sentence),
    )


def _sentence(named_entry: NamedEntry, zone: ZoneInfo) -> str:
    action, part = named_entry.entry.action, named_entry.parts.get("certification")
    what = part.read(current()) if part is not None else ""
    sentence = (CERTIFICATION_SENTENCES if what else SENTENCES).get(action)
    if sentence is None:
        return ""
    whose = subject_text(named_entry, zone)
    return translator().say(sentence, who=actor_text(named_entry), what=what, whose=whose)


def _session(entry: NamedEntry, zone: ZoneInfo) -> str:
    """Return a course session's name and date; empty if it no longer exists."""
    if entry.session is None or entry.begins is None:
        return ""
    name = entry.session.read(current()) or kind_names()["course_session"]
    day = format_day(entry.begins.astimezone(zone).date(), "long")
    return _("%(name)s, %(day)s", name=name, day=day)


def _details(named_entry: NamedEntry, zone: ZoneInfo) -> Iterator[str]:
    """Yield further details of the entry that people can read; the exported file has all of
    them."""
    entry = named_entry.entry
    if "session" in entry.detail and (session := _session(named_entry, zone)):
        yield session
    if isinstance(month := entry.detail.get("month"), str):
        yield month_name(month)
    for name in DETAIL_PARTS:
        if isinstance(value := entry.detail.get(name), str):
            yield (
                named_entry.parts[name].read(current()) if name in named_entry.parts else ""
            ) or value
    if isinstance(what := entry.detail.get("what"), str):
        yield _kind_text(what)
    if isinstance(rows := entry.detail.get("rows"), int):
        yield plural("%(n)s row", "%(n)s rows", rows)


def _kind_text(what: str) -> str:
    """Return the name of a kind of data or of messages."""
    if title := context().database.house.messages.titles.get(what):
        return translator().say(title)
    return retained_kinds().get(what, what.replace("_", " "))


def group_options() -> tuple[Option, ...]:
    """Return the groups of actions to choose from."""
    rest = (
        Option(value=group.value, text=translator().say(TITLES[group])) for group in ActionGroup
    )
    return (Option(value="", text=_("All actions")), *rest)


def kind_options() -> tuple[Option, ...]:
    """Return the kinds of subjects to choose from."""
    names = kind_names()
    rest = (Option(value=kind, text=names[kind]) for kind in SUBJECT_KINDS)
    return (Option(value="", text=_("Any subject")), *rest)


def kind_names() -> dict[str, str]:
    """Return the name of each kind of subject."""
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


def filter_error_texts() -> dict[str, str]:
    """Return the error text of each field of the filter."""
    day = _("This is not a date: the filter was ignored.")
    other = _("This option does not exist: the filter was ignored.")
    return {"from": day, "to": day, "by": other, "kind": other, "group": other}


def retention_views(
    rules: Iterable[PersonalDataRule],
    proofs: Iterable[Entry],
    settings: RetentionSettings,
    zone: ZoneInfo,
) -> Iterator[RetentionView]:
    """Yield the retention period and the last deletion of each kind of data."""
    last = {str(proof.detail.get("what")): proof for proof in proofs}
    durations = {
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
    retained = [(rule.retention, rule.retention_kind) for rule in rules if rule.retention]
    duration_of = {
        retention.what: durations.get(retention.period or kind, "")
        for retention, kind in retained
        if retention.is_of_sites
    }
    everything = {**duration_of, "members": durations[RetentionKind.MEMBER]}
    for what, duration in sorted(everything.items(), key=lambda item: item[0] not in last):
        proof = last.get(what)
        yield RetentionView(
            data_kind=retained_kinds().get(what, what.replace("_", " ")),
            period=duration,
            last=_deleted_text(proof, zone) if proof else _("nothing yet"),
            proof=proof.seq if proof else None,
            number=number(proof.seq) if proof else "",
            hash=proof.hash[:12] if proof else "",
        )


def _deleted_text(proof: Entry, zone: ZoneInfo) -> str:
    rows = proof.detail.get("rows")
    day = format_day(proof.at.astimezone(zone).date(), "long")
    return _("%(n)s on %(day)s", n=number(rows if isinstance(rows, int) else 0), day=day)


def retained_kinds() -> dict[str, str]:
    """Return the name of each kind of data with a retention period."""
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
