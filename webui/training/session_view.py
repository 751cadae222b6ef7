"""A course session in words: a line for each person, and the button that certifies."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.training.attendance import ARRIVAL_MARGIN
from controller.capabilities.training.models import Outcome
from controller.capabilities.training.session_sheet import Line, NotCertifiedReason, Sheet
from controller.domain.locale.time import format_upcoming as soon
from controller.domain.time import Utc
from webui.i18n import _, plural, translator
from webui.i18n.dates import clock, format_day
from webui.members.views import MemberLine
from webui.training.clashes import Clash
from webui.training.list_change_texts import line_texts, mark_beside, withdrawn_texts
from webui.training.matrix_view import short_day
from webui.training.notice_view import NoticeView
from webui.training.own_enrolment import OwnEnrolment
from webui.training.session_facts import FactsView
from webui.training.session_text import format_when, name_of

Names = Mapping[str, str]
"""Names of certifications, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Somebody who takes part or is on the waiting list."""

    id: str
    name: str
    beside: str
    """What tells them apart from anybody else whose name looks the same."""
    outcome: str
    notes: tuple[str, ...]
    warning: str
    certified: str
    lacks: str
    """What they still need to use their new certification."""
    noted_by: str
    """Who can change the outcome, if the reader, who runs the session, can't; else empty."""
    gets_attestation: bool
    """Whether they get a certificate of attendance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A member who may be meant by the name that was typed."""

    id: str
    name: str
    beside: str
    """A mark that distinguishes them from others of the same name."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParticipantForm:
    """What was typed to add somebody, with the errors by field."""

    who: str = ""
    email: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """All that the page of a course session shows."""

    id: str
    title: str
    when: str
    on_paper: str
    """Its time with the year, for printing."""
    taught: tuple[str, ...]
    """Its theme and its trainer, which a certificate shows."""
    where: tuple[str, ...]
    """Theme, trainer, and how many people take part."""
    cancelled: str
    requires: str
    grants: str
    lines: tuple[PersonLine, ...]
    waiting: tuple[PersonLine, ...]
    waiting_before: int
    """How many wait before the first of these, if the reader can't see them."""
    may_run: bool
    shows_people: bool
    """Whether the reader may see people."""
    open_outcomes: int
    """How many people have no outcome yet."""
    summary: str
    counts: tuple[tuple[str, str, str], ...]
    """Each outcome with the singular and the plural of its count."""
    ready: int
    """How many people can be certified now."""
    may_certify: bool
    certifies: bool
    """Whether the session gives certifications."""
    why_not: str
    """Why nobody can be certified now; empty: somebody can."""
    add: AddParticipantForm
    papers: int
    """How many people were there, and get a certificate of attendance."""
    own: OwnEnrolment | None
    """The reader's own enrolment, if they are a member who does not run the session."""
    clashes: tuple[Clash, ...]
    """Obstacles to the session, for those who run it."""
    notice: NoticeView | None
    """Who was notified of the last change, while the session is ahead."""
    moved_up: NoticeView | None
    """The same of those who moved up from the waiting list."""
    facts: FactsView | None
    """What reports count of it, for those who run it."""
    early: str
    """From when outcomes can be recorded; empty once it has begun."""
    leaving: str
    """What withdrawing somebody causes at once and irrevocably; empty: nothing."""
    adding: str
    """The help of the form that adds somebody."""
    withdrawn: tuple[str, ...]
    """Whom others took off the list, for those who run the session."""


OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    (Outcome.PASSED, "check"),
    (Outcome.TO_REVIEW, "rotate-ccw"),
    (Outcome.ABSENT, "user-x"),
)
"""Each outcome with its icon."""


def outcome_words() -> dict[str, str]:
    """Return the labels of outcomes, as on their buttons."""
    return {
        Outcome.PASSED: _("Passed"),
        Outcome.TO_REVIEW: _("To review"),
        Outcome.ABSENT: _("Absent"),
    }


def session_page(
    sheet: Sheet,
    names: Names,
    add: AddParticipantForm,
    own: OwnEnrolment | None,
    clashes: tuple[Clash, ...],
    notice: NoticeView | None,
    moved_up: NoticeView | None,
    facts: FactsView | None,
    lacks: Names,
    shows_people: bool,
    now: Utc,
    zone: ZoneInfo,
) -> SessionPage:
    """Return the page; `names` are those of certifications, `lacks`: what people who are certified
    still lack, by member, `shows_people`: not only the reader."""
    course_session, course = sheet.session, sheet.course
    grants, starts_at = course.grants if course else (), course_session.starts_at
    return SessionPage(
        id=course_session.id,
        title=name_of(course_session, course.name if course else None),
        when=f"{format_when(starts_at, now, zone)} – {clock(course_session.ends_at, zone)}",
        on_paper=_on_paper(course_session.starts_at, course_session.ends_at, zone),
        taught=_taught_texts(sheet),
        where=(*_taught_texts(sheet), *_number_texts(sheet, shows_people)),
        cancelled=_cancelled_text(sheet, now, zone),
        requires=_join(course.requires if course else (), names),
        grants=_join(grants, names),
        lines=tuple(_line(line, sheet, names, lacks, now, zone) for line in sheet.lines),
        waiting=tuple(_line(line, sheet, names, lacks, now, zone) for line in sheet.waiting),
        waiting_before=sheet.waiting_before,
        may_run=sheet.may_run,
        shows_people=shows_people,
        open_outcomes=sum(line.enrolment.outcome is None for line in sheet.lines),
        summary=_summary(sheet),
        counts=_counts(),
        ready=sheet.ready,
        may_certify=sheet.may_certify,
        certifies=bool(grants) and course_session.cancelled_at is None,
        why_not=_no_certifying_text(sheet, len(lacks)),
        add=add,
        papers=sum(was_there(line) for line in sheet.lines),
        own=own,
        clashes=clashes,
        notice=notice,
        moved_up=moved_up,
        facts=facts,
        early=_too_early_text(course_session.starts_at, now, zone),
        leaving=_leaving_text(sheet),
        adding=_adding_help(sheet, names, now),
        withdrawn=withdrawn_texts(sheet.changes, now, zone),
    )


def _adding_help(sheet: Sheet, names: Names, now: Utc) -> str:
    """Return the help of the form that adds somebody.

    Shortly before the session and during it, anybody who is there can be added.
    """
    requires = sheet.course.requires if sheet.course else ()
    if not requires or now >= Utc.of(sheet.session.starts_at - ARRIVAL_MARGIN):
        return _("A USB reader types the badge number. For somebody new, their name is enough.")
    return _(
        "The USB reader writes the badge. Needed first: %(what)s; somebody new can be added "
        "from %(n)s hours before it begins.",
        what=_join(requires, names),
        n=ARRIVAL_MARGIN // timedelta(hours=1),
    )


def _leaving_text(sheet: Sheet) -> str:
    if sheet.next_in_line:
        return _("The place goes to %(name)s at once.", name=sheet.next_in_line)
    if not sheet.may_reenrol:
        return _("Once it has begun, whoever teaches it or a manager puts somebody back.")
    return ""


def _too_early_text(starts: Utc, now: Utc, zone: ZoneInfo) -> str:
    if starts <= now:
        return ""
    return _(
        "You can record outcomes once the session starts: %(when)s.",
        when=soon(starts, now, str(zone), translator()),
    )


def _on_paper(starts: Utc, ends: Utc, zone: ZoneInfo) -> str:
    date = format_day(starts.astimezone(zone).date(), "d MMMM y")
    return f"{date}, {clock(starts, zone)} – {clock(ends, zone)}"


def was_there(line: Line) -> bool:
    """Whether the person gets a certificate of attendance, which requires an outcome."""
    return line.enrolment.outcome in (Outcome.PASSED, Outcome.TO_REVIEW)


def candidate(member: MemberLine, missing: tuple[str, ...], names: Names) -> Candidate:
    """Return a member of that name, with the certifications that they lack."""
    note = _("needed first: %(what)s", what=_join(missing, names)) if missing else ""
    return Candidate(id=member.id, name=member.name, beside=member.beside, note=note)


def _join(keys: tuple[str, ...], names: Names) -> str:
    return ", ".join(names.get(key, key) for key in keys)


def _taught_texts(sheet: Sheet) -> tuple[str, ...]:
    texts = [sheet.session.theme or "" if sheet.course else ""]
    if sheet.trainer:
        texts.append(_("with %(name)s", name=sheet.trainer))
    return tuple(filter(None, texts))


def _number_texts(sheet: Sheet, shows_people: bool) -> tuple[str, ...]:
    """Return how many people take part and wait, which a certificate does not show.

    `shows_people`: the lines are those of everybody who was not erased.
    """
    course_session = sheet.session
    texts = []
    if course_session.places is None:
        texts.append(plural("%(n)s enrolled", "%(n)s enrolled", course_session.enrolled))
    else:
        texts.append(
            plural(
                "%(n)s enrolled of %(places)s",
                "%(n)s enrolled of %(places)s",
                course_session.enrolled,
                places=course_session.places,
            )
        )
    erased = course_session.enrolled - len(sheet.lines)
    if shows_people and erased > 0:
        texts.append(plural("%(n)s of them erased", "%(n)s of them erased", erased))
    if course_session.waiting:
        texts.append(plural("%(n)s waiting", "%(n)s waiting", course_session.waiting))
    return tuple(texts)


def _cancelled_text(sheet: Sheet, now: Utc, zone: ZoneInfo) -> str:
    at = sheet.session.cancelled_at
    if at is None:
        return ""
    text = _("Cancelled: %(when)s.", when=format_when(at, now, zone))
    return f"{text} {sheet.cancelled_reason}" if sheet.cancelled_reason else text


def _line(
    line: Line, sheet: Sheet, names: Names, lacks: Names, now: Utc, zone: ZoneInfo
) -> PersonLine:
    enrolment = line.enrolment
    notes = list(line_texts(sheet.changes, enrolment.member_id, now, zone))
    if enrolment.attended_at is not None:
        notes.append(_("present since %(time)s", time=clock(enrolment.attended_at, zone)))
    if line.previous_end is not None:
        notes.append(
            _("expired on %(day)s, taking it again", day=short_day(line.previous_end, zone))
        )
    is_open = enrolment.outcome is None and enrolment.certified_at is None
    if is_open and line.held_since is not None:
        since = short_day(line.held_since, zone)
        notes.append(_("certified already, since %(day)s", day=since))
    return PersonLine(
        id=enrolment.member_id,
        name=enrolment.name,
        beside=mark_beside(sheet.changes, enrolment.member_id),
        outcome=enrolment.outcome or "",
        notes=tuple(notes),
        warning=_warning_text(line, names),
        certified=_("certified at %(time)s", time=clock(enrolment.certified_at, zone))
        if enrolment.certified_at
        else "",
        lacks=lacks.get(enrolment.member_id, ""),
        noted_by=_noted_by_text(sheet, enrolment.member_id),
        gets_attestation=was_there(line),
    )


def _noted_by_text(sheet: Sheet, member_id: str) -> str:
    if not sheet.may_run or member_id not in sheet.outcome_by:
        return ""
    if name := sheet.outcome_by[member_id]:
        return _("outcome recorded by %(name)s: ask them to change it", name=name)
    return _("outcome recorded by somebody else: only the session’s trainer can change it")


def _warning_text(line: Line, names: Names) -> str:
    if line.enrolment.certified_at:
        if line.refused is NotCertifiedReason.SUSPENDED:
            return _("suspended since: they can’t use it. The outcome stays as it was recorded")
        return ""
    if line.refused is NotCertifiedReason.MISSING:
        return _("can’t be certified without: %(what)s", what=_join(line.missing, names))
    if line.refused is NotCertifiedReason.SUSPENDED:
        return _("their certification is suspended: restore it first")
    if line.refused is NotCertifiedReason.ONESELF:
        return _("you can’t certify yourself")
    return ""


def _summary(sheet: Sheet) -> str:
    many = Counter(line.enrolment.outcome for line in sheet.lines)
    texts = [text for outcome, text in _outcome_counts(many) if outcome or many[None]]
    return ", ".join(texts) + "."


def _counts() -> tuple[tuple[str, str, str], ...]:
    """Return each outcome with its singular and plural text, for the script that counts them."""
    one, several = (_outcome_counts(dict.fromkeys((*Outcome, None), n)) for n in (1, 2))
    pairs = zip(one, several, strict=True)
    return tuple((outcome or "", single, more) for (outcome, single), (_o, more) in pairs)


def _outcome_counts(many: Mapping[Outcome | None, int]) -> list[tuple[Outcome | None, str]]:
    passed_count, absent = many.get(Outcome.PASSED, 0), many.get(Outcome.ABSENT, 0)
    return [
        (Outcome.PASSED, plural("%(n)s passed", "%(n)s passed", passed_count)),
        (Outcome.TO_REVIEW, _("%(n)s to review", n=many.get(Outcome.TO_REVIEW, 0))),
        (Outcome.ABSENT, plural("%(n)s absent", "%(n)s absent", absent)),
        (None, _("%(n)s without outcome", n=many.get(None, 0))),
    ]


def _no_certifying_text(sheet: Sheet, lacking: int) -> str:
    if not sheet.may_certify:
        return _("Only a trainer for everything that the course gives, or a manager, can certify.")
    if sheet.ready:
        return ""
    passed_lines = [line for line in sheet.lines if line.enrolment.outcome is Outcome.PASSED]
    if not passed_lines:
        return _("First record who has passed.")
    if all(line.enrolment.certified_at for line in passed_lines):
        if lacking:
            return plural(
                "Everybody who passed is certified; %(n)s can’t use it yet: see the line.",
                "Everybody who passed is certified; %(n)s can’t use it yet: see their lines.",
                lacking,
            )
        return _("Everybody who passed is certified.")
    return _("People who passed still need something: see their lines.")
