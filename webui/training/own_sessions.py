"""The upcoming sessions as a member reads them: what each opens, its places, and enrolling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.training import enrolments, member_certifications
from controller.capabilities.training.agenda import AgendaSession
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import CourseSession, Held
from controller.domain.facts import HeldStatus
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed, site_zone
from webui.i18n import _, pgettext, plural
from webui.members.holdings import certification_names
from webui.training.requirements import read_requiring_machines
from webui.training.session_text import SessionCard, card


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """An upcoming session, and what the reader may do about it."""

    card: SessionCard
    places: str
    """How many places are left; empty if it is cancelled or has no limit."""
    opens: str
    """What one can use afterwards."""
    status: str
    """The reader's own state; empty: not enrolled."""
    why_not: str
    """Why the reader can't enrol; empty: they can, or are enrolled."""
    button: str
    """The text of the button that enrols; empty: there is none."""
    is_known: bool
    """Whether the reader, who isn't enrolled, has already what it gives."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the page knows about the reader; everything is empty for a reader who is no member."""

    enrolled: Mapping[str, EnrolmentStatus]
    held: Sequence[Held]
    may_enrol: bool

    def holds(self, certification: str, at: Utc) -> bool:
        return any(
            held.certification_id == certification
            and held.status is HeldStatus.ACTIVE
            and (held.valid_until is None or held.valid_until > at)
            for held in self.held
        )


def own_sessions(
    db: Session, sessions: Sequence[AgendaSession], now: Utc
) -> tuple[OwnSession, ...]:
    """Return these upcoming sessions for a reader who runs none: their own first, then those that
    they can join."""
    reader, zone = _read_reader(db, now), site_zone()
    names = {key: it.name for key, it in certification_names(db).items()}
    machines = read_requiring_machines(db).machines
    own = (
        OwnSession(
            card=card(session, now, zone, for_trainers=False),
            places=_places_text(session.session),
            opens=_opens_text(session, names, machines),
            status=_status_text(session, reader),
            is_known=(is_known := _is_known(session, reader, now)),
            why_not=(why_not := _why_not(session, reader, names, now)),
            button="" if is_known or why_not else _button_text(session.session, reader),
        )
        for session in sessions
    )
    return tuple(sorted(own, key=lambda it: (not it.status, not it.button)))


def _is_known(session: AgendaSession, reader: _Reader, now: Utc) -> bool:
    return (
        bool(session.grants)
        and session.session.starts_at > now
        and session.session.id not in reader.enrolled
        and all(reader.holds(key, session.session.starts_at) for key in session.grants)
    )


def _read_reader(db: Session, now: Utc) -> _Reader:
    who = actor()
    if who.member_id is None or not is_allowed(Permission.OWN_WRITE):
        return _Reader({}, (), may_enrol=False)
    own = enrolments.upcoming_enrolments(db, who.member_id, actor=who, now=now)
    held = member_certifications.of_member(db, who.member_id, actor=who)
    return _Reader({one.session_id: one.status for one in own}, held, may_enrol=True)


def _is_full(session: CourseSession) -> bool:
    return session.places is not None and session.enrolled >= session.places


def _places_text(session: CourseSession) -> str:
    if session.cancelled_at is not None or session.places is None:
        return ""
    if not _is_full(session):
        left = session.places - session.enrolled
        return plural("%(n)s place left", "%(n)s places left", left)
    if session.waiting:
        return plural("Full, %(n)s waiting", "Full, %(n)s waiting", session.waiting)
    return _("Full")


def _opens_text(
    session: AgendaSession, names: Mapping[str, str], machines: Mapping[str, Sequence[str]]
) -> str:
    opened = dict.fromkeys(name for key in session.grants for name in machines.get(key, ()))
    if opened:
        return _("To use: %(machines)s", machines=", ".join(opened))
    given = ", ".join(names.get(key, key) for key in session.grants)
    return _("Gives: %(certifications)s", certifications=given) if given else ""


def _status_text(session: AgendaSession, reader: _Reader) -> str:
    match reader.enrolled.get(session.session.id):
        case EnrolmentStatus.ENROLLED:
            return _("You are enrolled.")
        case EnrolmentStatus.WAITING:
            return _("You are on the waiting list.")
    return ""


def _why_not(session: AgendaSession, reader: _Reader, names: Mapping[str, str], now: Utc) -> str:
    starts_at = session.session.starts_at
    if not reader.may_enrol or session.session.id in reader.enrolled:
        return ""
    if session.session.cancelled_at is not None:
        return ""
    if starts_at <= now:
        return _("Too late: this session has started.")
    missing = [key for key in session.requires if not reader.holds(key, starts_at)]
    what = ", ".join(names.get(key, key) for key in missing)
    return _("Needed first: %(what)s.", what=what) if missing else ""


def _button_text(session: CourseSession, reader: _Reader) -> str:
    if not reader.may_enrol or session.id in reader.enrolled or session.cancelled_at is not None:
        return ""
    return _("Join the waiting list") if _is_full(session) else pgettext("myself", "Enrol")
