"""The page *Training*: upcoming and past sessions, and the matrix of members and certifications."""

from collections import Counter
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.members import members
from controller.capabilities.training import agenda, matrix, member_certifications, notices
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.validity import ends_at
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.paging import Cursor
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _
from webui.members.holdings import certification_names
from webui.members.member_view import CertificationName
from webui.navigation import TRAINING, Nav
from webui.parts import Option
from webui.training.cell_view import CellPanel, cell_panel
from webui.training.matrix_query import MatrixView
from webui.training.matrix_view import Column, Room, Row, columns, rows
from webui.training.own_sessions import OwnSession, own_sessions
from webui.training.requirements import RequiringMachines, read_requiring_machines
from webui.training.session_text import SessionCard, card

PAGE_SIZE = 25
"""Members per page of the matrix."""
pages = Pages("training", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixPage:
    """A page of the matrix of members and certifications."""

    looking: MatrixView
    """What the address asks for."""
    rooms: tuple[Room, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    zones: tuple[Option, ...]
    sessions: tuple[Option, ...]
    ending: int
    """How many members have a certification that ends soon."""
    next: str
    first: str
    panel: CellPanel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPage:
    """The whole page; without the matrix for readers who may not see members."""

    coming: tuple[SessionCard, ...]
    """Sessions that are ahead or going on, for readers who may see members."""
    own: tuple[OwnSession, ...]
    """The same sessions for other readers, who enrol themselves."""
    past_sessions: tuple[SessionCard, ...]
    older: str | None
    """Cursor of earlier sessions; None: there are none."""
    paged: bool
    """Whether these are not the latest past sessions."""
    matrix: MatrixPage | None
    waits: SessionCard | None
    """The first session with tasks left to do; None: there is none."""
    may_plan: bool


@pages.get(
    "/training",
    Permission.RULES_READ,
    nav=Nav(
        entry=TRAINING,
        text=TRAINING.text,
        also="training courses certifications habilitations cours skills "
        "enrol inscrire train former certify habiliter",
        short=lambda: "" if is_allowed(Permission.DESK) else _("Training"),
    ),
)
def show() -> ResponseReturnValue:
    """The page with sessions, and the matrix for readers who may see members."""
    web, who, place = context(), actor(), site()
    now, zone = web.clock(), site_zone()
    before = request.args.get("before")
    with web.database.read() as db:
        next_ones, past, older = agenda.upcoming_and_past(
            db, place.id, before=before, actor=who, now=now
        )
        teaches = is_allowed(Permission.MEMBERS_READ)
        table = _matrix(db, now, zone, next_ones + past) if teaches else None
        own = () if teaches else own_sessions(db, next_ones, now)
        changes = notices.to_call(db, place.id, now=now) if teaches else ()
    calls = Counter(change.session.id for change in changes)
    over = tuple(card(session, now, zone, for_trainers=teaches) for session in past)
    upcoming = tuple(
        card(session, now, zone, for_trainers=teaches, to_call=calls[session.session.id])
        for session in (next_ones if teaches else ())
    )
    page = TrainingPage(
        coming=upcoming,
        own=own,
        past_sessions=over,
        older=older,
        paged=bool(before),
        matrix=table,
        waits=next(
            (session_card for session_card in (*upcoming, *over) if session_card.to_do), None
        ),
        may_plan=teaches,
    )
    return render_template("training/training.html", page=page)


def _matrix(
    db: Session, now: Utc, zone: ZoneInfo, sessions: list[agenda.AgendaSession]
) -> MatrixPage:
    view, who = MatrixView.read(request.args), actor()
    certifications, asking = certification_names(db), read_requiring_machines(db)
    keys = (
        asking.asked_in(view.zone) & certifications.keys()
        if view.zone
        else frozenset(certifications)
    )
    taught = matrix.with_trainer(db, keys, now)
    rooms, all_columns = columns(certifications, asking, taught, view)
    matrix_filter = matrix.MatrixFilter(
        query=view.q,
        session=view.session or None,
        ends_soon=bool(view.soon),
        everybody=bool(view.everybody),
        certifications=keys,
    )
    cursor = Cursor(after=view.after or None, limit=PAGE_SIZE)
    lines = matrix.lines(db, matrix_filter, actor=who, now=now, cursor=cursor)
    return MatrixPage(
        looking=view,
        rooms=rooms,
        columns=all_columns,
        rows=rows(lines.items, all_columns, view, now, zone),
        zones=tuple(
            Option(value=key, text=name)
            for key, name in asking.names.items()
            if asking.asked_in(key) & certifications.keys()
        ),
        sessions=tuple(_session_option(session, now, zone) for session in sessions),
        ending=matrix.count_ending(db, keys, now),
        next=view.href(after=lines.next) if lines.next else "",
        first=view.href(after="") if view.after else "",
        panel=_panel(db, view, certifications, asking, now, zone),
    )


def _session_option(session: agenda.AgendaSession, now: Utc, zone: ZoneInfo) -> Option:
    card_view = card(session, now, zone)
    return Option(value=card_view.id, text=f"{card_view.when}, {card_view.name}")


def _panel(
    db: Session,
    view: MatrixView,
    certifications: dict[str, CertificationName],
    asking: RequiringMachines,
    now: Utc,
    zone: ZoneInfo,
) -> CellPanel | None:
    """The open cell of the matrix; None for a member who is unknown at this site."""
    key = view.certification
    if not view.member or key not in certifications:
        return None
    who = actor()
    person = members.member_row(db, view.member, who)
    every = member_certifications.of_member(db, person.id, actor=who)
    held_certification = next(
        (certification for certification in every if certification.certification_id == key), None
    )
    grantable = dict(member_certifications.grantable(db, person.id, actor=who, now=now))
    steps = (
        member_certifications.history(db, person.id, key, actor=who, now=now)
        if held_certification
        else []
    )
    row = db.get_one(CertificationRow, key)
    first = Level.TRAINER in [grantable.get(key)] and not matrix.with_trainer(
        db, frozenset({key}), now
    )
    return cell_panel(
        (person.id, person.display_name),
        (key, certifications[key]),
        held_certification,
        steps,
        asking.machines.get(key, ()),
        grantable.get(key),
        ends_at(row, str(zone), now),
        first,
        now,
        zone,
    )
