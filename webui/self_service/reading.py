"""Reads a member's own page in one transaction, with the member's own data only."""

from collections.abc import Collection, Iterator, Sequence

from flask import session

from controller.capabilities.access import explain
from controller.capabilities.access.explain import PointDecision, decision_text
from controller.capabilities.badges import credentials
from controller.capabilities.bookings import wishes
from controller.capabilities.bookings.wishes import Wish
from controller.capabilities.members import members
from controller.capabilities.places.shapes import Site
from controller.capabilities.print_jobs.progress import PrintProgress, progress_by_session
from controller.capabilities.self_service import codes
from controller.capabilities.training import courses, next_sessions, session_notices
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.usage import own as usage
from controller.capabilities.usage.own import OwnSession
from controller.domain.access.decision import DenyReason
from controller.domain.facts import PointKind
from controller.domain.locale.time import format_upcoming
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.billing.booking_price import payer_name
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, pgettext, translator
from webui.i18n.dates import format_relative, format_remaining, format_until, is_date, moment
from webui.live.supervision import supervisable_rooms
from webui.live.tiles import print_bar, print_foot
from webui.members import coverage
from webui.members.add_member import plan_names
from webui.members.holdings import MemberHoldings, name_elsewhere
from webui.members.member_view import Badge, badge
from webui.members.missing_items import Remedies, icon_of_point, missing_items, name_of_point
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import plain, since_part, time_part
from webui.presence.exits import last_visit
from webui.self_service.badge_changes import badge_changes
from webui.self_service.own_money import read_money
from webui.self_service.own_places import is_at_terminal, known_at, read_places
from webui.self_service.own_reports import own_reports
from webui.self_service.views import (
    CancelledSessionLine,
    FullSession,
    MissingRight,
    OwnPage,
    UsableMachine,
    UsedLine,
    WishLine,
)

BIG = "big"
"""Session key: whether the browser shows large print."""
BUSY_REASONS = frozenset({DenyReason.IN_USE, DenyReason.BOOKED_BY_OTHER})
"""Reasons that end when somebody else has finished with the machine."""


def read_own_page(db: Session, wrong_code: str = "") -> OwnPage | None:
    """Read the member's own page; None if the account has no member whom this site knows."""
    who, web = actor(), context()
    if who.member_id is None:
        return None
    reader = MemberReader(db=db, who=who, now=web.clock(), zone=site_zone(), member=who.member_id)
    person = members.get(db, who.member_id, actor=who)
    if site().id not in (person.site_id, *person.also_at):
        return None
    decisions = [
        decision
        for decision in explain.decisions_of_member(db, person.id, actor=who, now=reader.now)
        if decision.site.id == site().id
    ]
    holding, names = MemberHoldings(reader), plan_names(db)
    places = read_places(db, known_at(db))
    own_wishes = wishes.of_member(db, site().id, person.id, actor=who, now=reader.now)
    may_enter, sentence, more = _sentence(decisions, reader)
    return OwnPage(
        name=person.display_name,
        may_enter=may_enter,
        sentence=sentence,
        more=more,
        subscriptions=coverage.plan_lines(reader, names)[0],
        passes=coverage.pass_lines(reader, names),
        payer=payer_name(db, person.id, reader.now),
        uses=_usable_machines(decisions, own_wishes),
        doors=", ".join(
            name_of_point(decision)
            for decision in decisions
            if _is_door(decision) and decision.decision.granted
        ),
        missing_rights=_missing_rights(decisions, holding, reader, own_wishes),
        coming=holding.upcoming(places=places),
        moved_up=frozenset(_moved_up_sessions(holding)),
        cancelled_sessions=_cancelled_sessions(reader, places),
        wishes=_wishes(own_wishes, reader.now),
        money=read_money(reader),
        visit=last_visit(reader),
        used=_used_lines(reader),
        reports=own_reports(reader),
        holdings=holding.lines(),
        badges=_badges(reader),
        badge_changes=badge_changes(db, reader),
        has_code=codes.has_code(db, who.member_id),
        kept_days=web.settings.retention.access_days,
        kept_months=web.settings.retention.member_months,
        big=is_big(),
        at_terminal=is_at_terminal(),
        letters="" if is_at_terminal() else _mail_text(person.email),
        duties=supervisable_rooms(db, who.member_id, reader.now),
        team=is_allowed(Permission.LIVE_READ),
        wrong_code=wrong_code,
    )


def _mail_text(address: str | None) -> str:
    if not context().settings.mail.is_on:
        return _("This place sends no e-mail: look here, or ask at the desk.")
    if not address:
        return _("Your record has no e-mail address: no e-mail is sent to you.")
    return _("This place’s e-mails go to %(address)s.", address=address)


def is_big() -> bool:
    """Whether to use large print: by default only at a terminal, unless the reader chose
    otherwise."""
    return bool(session.get(BIG, is_at_terminal()))


def _is_door(decision: PointDecision) -> bool:
    return decision.point.kind is PointKind.DOOR


def _sentence(
    decisions: Sequence[PointDecision], reader: MemberReader
) -> tuple[bool, str, tuple[str, ...]]:
    """Return whether the member can come in, a sentence, and further lines. If not, the text is
    that of the reader at the door."""
    doors = [verdict for verdict in decisions if _is_door(verdict)] or list(decisions)
    if not doors:
        return False, _("This place has no doors or machines yet."), ()
    granted = [door for door in doors if door.decision.granted]
    if not granted:
        first = min(doors, key=lambda door: (not door.missing_rights, len(door.missing_rights)))
        text = decision_text(first, translator())
        if first.decision.reason is DenyReason.CREDENTIAL_LOST:  # they don't have it in their hand
            return False, f"{text.title}.", (_("Ask the desk for another."),)
        return False, f"{text.title}.", text.lines
    ends = [verdict.decision.detail.hours_until for verdict in granted]
    last = None if None in ends else max(end for end in ends if end is not None)
    if last is None:
        return True, _("You can come in."), ()
    until = format_until(last, reader.now, reader.zone)
    if is_date(until):
        return True, _("You can come in until %(day)s.", day=until), ()
    return True, _("You can come in until %(time)s.", time=until), ()


def _wishes(all_wishes: Sequence[Wish], now: Utc) -> tuple[WishLine, ...]:
    """Return fulfilled wishes first, then waiting ones."""
    lines = [
        WishLine(
            id=wish.id,
            text=wishes.text(wish, translator(), site().time_zone, now)
            if wish.came_true_at
            else _(
                "%(name)s: this page will tell you.", name=wish.name.read(translator().language)
            ),
            came_true=wish.came_true_at is not None,
        )
        for wish in all_wishes
    ]
    return tuple(sorted(lines, key=lambda line: not line.came_true))


def _usable_machines(
    decisions: Sequence[PointDecision], wishes: Sequence[Wish]
) -> tuple[UsableMachine, ...]:
    """Return the machines that the member has the right to use, those usable now first.

    Machines that were never commissioned are left out.
    """
    wished = {wish.access_point for wish in wishes if wish.came_true_at is None}
    machines = [decision for decision in decisions if not _is_door(decision) and _may_use(decision)]
    machines.sort(
        key=lambda machine: (not machine.decision.granted, name_of_point(machine).casefold())
    )
    return tuple(_usable_machine(machine, wished) for machine in machines)


def _may_use(decision: PointDecision) -> bool:
    return decision.decision.granted or (
        decision.point.commissioned and not decision.missing_rights
    )


def _usable_machine(point_decision: PointDecision, wished: Collection[str | None]) -> UsableMachine:
    """Return the machine with its note; `wished`: the machines that the member waits for."""
    text, decision = decision_text(point_decision, translator()), point_decision.decision
    note = text.lines[-1] if decision.granted and decision.notices else ""
    if not decision.granted:
        note = " ".join((f"{text.title}.", *text.lines[:1]))
    return UsableMachine(
        id=point_decision.point.id,
        name=name_of_point(point_decision),
        icon=icon_of_point(point_decision),
        note=note,
        now=decision.granted,
        wish=decision.reason in BUSY_REASONS and point_decision.point.id not in wished,
    )


def _missing_rights(
    decisions: Sequence[PointDecision],
    holding: MemberHoldings,
    reader: MemberReader,
    wishes: Sequence[Wish],
) -> tuple[MissingRight, ...]:
    ways = Remedies(
        names=holding.names,
        grantable=(),
        seats=holding.seats(),
        badge=False,
        plan=False,
        now=reader.now,
        zone=site().time_zone,
    )
    enrolled_dates = _session_dates(holding, reader, EnrolmentStatus.ENROLLED)
    waiting_dates = _session_dates(holding, reader, EnrolmentStatus.WAITING)
    items = missing_items(decisions, ways)
    full = _next_full_sessions(holding, reader)
    unfulfilled = [wish for wish in wishes if wish.came_true_at is None]
    wished_sessions = {wish.session: wish.id for wish in unfulfilled if wish.session}
    wished_courses = {wish.course: wish.id for wish in unfulfilled if wish.course}
    courses_by_name = _courses(holding, reader)
    return tuple(
        MissingRight(
            it=requirement,
            enrolled=enrolled_dates.get(requirement.title, ""),
            waiting=waiting_dates.get(requirement.title, ""),
            full=(session := full.get(requirement.title)),
            wish=wished_sessions.get(session.id, "") if session else "",
            course=courses_by_name.get(requirement.title, ""),
            request=wished_courses.get(courses_by_name.get(requirement.title, ""), ""),
        )
        for requirement in items
    )


def _courses(holding: MemberHoldings, reader: MemberReader) -> dict[str, str]:
    """Return the first course here that grants a certification, by the certification's name."""
    every = all_items(lambda at: courses.page(reader.db, actor=reader.who, cursor=at))
    return {
        holding.names.get(key, key): course.id
        for course in reversed(every)
        for key in course.grants
    }


def _session_dates(
    holding: MemberHoldings, reader: MemberReader, status: EnrolmentStatus
) -> dict[str, str]:
    """Return when the first session with this status is, by the certification's name."""
    return {
        holding.names.get(key, key): format_upcoming(
            session.starts_at, reader.now, site().time_zone, translator()
        )
        for session in reversed(holding.enrolled)
        if session.status is status
        for key in session.grants
    }


def _moved_up_sessions(holding: MemberHoldings) -> Iterator[str]:
    for coming_session in holding.enrolled:
        if coming_session.moved_up and coming_session.status is EnrolmentStatus.ENROLLED:
            yield coming_session.session_id


def _cancelled_sessions(
    reader: MemberReader, places: Sequence[Site]
) -> tuple[CancelledSessionLine, ...]:
    return tuple(
        CancelledSessionLine(
            name=read_label(cancelled_session.name)
            if cancelled_session.name
            else cancelled_session.theme or pgettext("course", "Session"),
            when=format_upcoming(
                cancelled_session.starts_at, reader.now, place.time_zone, translator()
            ),
            place=name_elsewhere(place),
            reason=cancelled_session.reason or "",
        )
        for place in places
        for cancelled_session in session_notices.cancelled_sessions(
            reader.db, reader.member, place.id, actor=reader.who, now=reader.now
        )
    )


def _next_full_sessions(holding: MemberHoldings, reader: MemberReader) -> dict[str, FullSession]:
    """Return the next full session that the member is not enrolled in, by the certification's
    name."""
    enrolled = {coming_session.session_id for coming_session in holding.enrolled}
    every = next_sessions.next_sessions(reader.db, site().id, after=reader.now, full=True)
    return {
        holding.names.get(key, key): FullSession(
            row.id,
            format_upcoming(row.starts_at, reader.now, site().time_zone, translator()),
            row.waiting > 0,
        )
        for key, row in every.items()
        if row.id not in enrolled
    }


def _used_lines(reader: MemberReader) -> tuple[UsedLine, ...]:
    sessions = usage.own_sessions(reader.db, site().id, actor=reader.who)
    running = [session.id for session in sessions if session.ended_at is None]
    prints = progress_by_session(reader.db, running, reader.now)
    return tuple(_used_line(session, prints.get(session.id), reader) for session in sessions)


def _used_line(
    past_session: OwnSession, progress: PrintProgress | None, reader: MemberReader
) -> UsedLine:
    text = format_relative(past_session.started_at, reader.now, reader.zone)
    start = moment(text, past_session.started_at, reader.zone)
    is_current = past_session.ended_at is None
    work_part = plain(_("%(time)s of work", time=format_remaining(past_session.active_s)))
    return UsedLine(
        name=past_session.name.read(translator().language),
        icon=past_session.icon,
        parts=(since_part(start),) if is_current else (time_part("", start), work_part),
        is_current=is_current,
        foot=print_foot(progress, reader.zone) if progress else (),
        bar=print_bar(progress) if progress else None,
    )


def _badges(reader: MemberReader) -> tuple[Badge, ...]:
    badges = all_items(
        lambda c: credentials.page(reader.db, actor=reader.who, member_id=reader.member, cursor=c)
    )
    return tuple(badge(credential, True, False, reader.now, reader.zone) for credential in badges)
