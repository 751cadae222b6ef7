"""Which board belongs to which machine; a manager sets it for each machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.imports.bundle import ImportedMachine
from controller.capabilities.machines import access_points
from controller.capabilities.machines.access_points import access_point_row, record_change
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.facts import Name, PointKind, Risk
from controller.domain.time import Utc
from controller.integrations.fabomatic import access
from controller.integrations.fabomatic.models import FabomaticBoardRow, FabomaticLinkRow
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.policy.reading import from_json

MAX_NUMBER = 65_535
"""The highest number of a board."""
SILENT_AFTER = timedelta(minutes=5)
"""After this time without a message, a board is away: it sends one every two minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board and its machine."""

    number: int
    access_point: str
    name: Name
    commissioned: bool
    dangerous: bool
    in_use: bool
    seen_at: Utc | None
    version: str | None
    has_password: bool


def gateway(site_id: str) -> str:
    """Return the id of the keyless agent that stands for a site's boards."""
    return f"fabomatic-{site_id}"[:63]


def boards(db: Session, site_id: str, *, actor: Actor) -> list[Board]:
    """Return the site's boards, by number. Raises Forbidden."""
    actor.require(Permission.AGENTS_WRITE, site_id)
    rows = db.execute(
        select(FabomaticBoardRow, AccessPointRow)
        .join(AccessPointRow, AccessPointRow.id == FabomaticBoardRow.access_point_id)
        .where(FabomaticBoardRow.site_id == site_id)
        .order_by(FabomaticBoardRow.number)
    )
    return [
        Board(
            number=board.number,
            access_point=point.id,
            name=from_json(point.name, Name),
            commissioned=point.commissioned,
            dangerous=point.risk is Risk.DANGEROUS,
            in_use=board.session_id is not None,
            seen_at=board.seen_at,
            version=board.version,
            has_password=board.password_hash is not None,
        )
        for board, point in rows
    ]


def free_machines(db: Session, site_id: str, *, actor: Actor) -> list[tuple[str, Name]]:
    """Return the machines that have no agent. Raises Forbidden."""
    actor.require(Permission.AGENTS_WRITE, site_id)
    is_at_site = AccessPointRow.site_id == site_id
    is_free_machine = AccessPointRow.agent_id.is_(None), AccessPointRow.kind == PointKind.MACHINE
    query = select(AccessPointRow.id, AccessPointRow.name).where(is_at_site, *is_free_machine)
    rows = db.execute(query.order_by(AccessPointRow.id))
    return [(key, from_json(name, Name)) for key, name in rows]


def link(
    db: Session, site_id: str, number: int, access_point: str, *, actor: Actor, now: Utc
) -> None:
    """Link the board with that number to a machine, which it then switches.

    Raises NotFound, Forbidden, Invalid; Conflict if the board or the machine is linked already.
    """
    point = _machine(db, site_id, access_point, actor)
    if not 0 < number <= MAX_NUMBER:
        raise Invalid.of("number", f"between 1 and {MAX_NUMBER}")
    if db.get(FabomaticBoardRow, (site_id, number)) is not None:
        raise Conflict(f"board {number} is linked to a machine already")
    if point.agent_id is not None:
        raise Conflict(f"{access_point} has a box already")
    if db.get(AgentRow, gateway(site_id)) is None:
        name = {"fr": "Boîtiers FabOMatic", "en": "FabOMatic boards"}
        db.add(AgentRow(id=gateway(site_id), site_id=site_id, name=name, created_at=now))
        db.flush()
    point.agent_id, point.commissioned = gateway(site_id), False
    db.add(FabomaticBoardRow(site_id=site_id, number=number, access_point_id=point.id))
    record_change(db, point, "fabomatic_board_linked", actor, now, number=number)


def link_imported(
    db: Session, site_id: str, machines: Iterable[ImportedMachine], *, actor: Actor, now: Utc
) -> None:
    """Link the boards of imported machines; a number that is linked already stays as it is."""
    for machine in machines:
        if machine.number and db.get(FabomaticBoardRow, (site_id, machine.number)) is None:
            link(db, site_id, machine.number, machine.id, actor=actor, now=now)


def unlink(db: Session, site_id: str, number: int, *, actor: Actor, now: Utc) -> None:
    """Remove a board's link; it gets no more answers.

    Raises NotFound, Forbidden; Conflict while the machine is in use.
    """
    board = _board(db, site_id, number)
    point = _machine(db, site_id, board.access_point_id, actor)
    if board.session_id is not None:
        raise Conflict("the machine is in use; wait until the session ends")
    point.agent_id, point.commissioned = None, False
    db.delete(board)
    record_change(db, point, "fabomatic_board_unlinked", actor, now, number=number)


def new_password(db: Session, site_id: str, number: int, *, actor: Actor, now: Utc) -> str:
    """Set a new password for the board at its broker, shown once; the previous one stops working.

    Raises NotFound, Forbidden.
    """
    board = _board(db, site_id, number)
    point = _machine(db, site_id, board.access_point_id, actor)
    password = access.new_password()
    board.password_hash = access.hash_password(password)
    record_change(db, point, "fabomatic_board_password", actor, now, number=number)
    return password


def passwords(db: Session, site_id: str) -> dict[int, str | None]:
    """Return the hash of each board's password, by its number; None: it has no password."""
    is_at_site = FabomaticBoardRow.site_id == site_id
    rows = db.scalars(select(FabomaticBoardRow).where(is_at_site))
    return {row.number: row.password_hash for row in rows}


def commission(db: Session, site_id: str, number: int, *, actor: Actor, now: Utc) -> None:
    """Record that a person has tested the board: off without a badge, on with one, off again.

    Raises as `unlink`.
    """
    board = _board(db, site_id, number)
    point = _machine(db, site_id, board.access_point_id, actor)
    access_points.change(
        db,
        point.id,
        {"commissioned": True},
        version=point.row_version,
        actor=actor,
        now=now,
        reason=f"FabOMatic {number}",
    )


def broker_link(db: Session, site_id: str) -> FabomaticLinkRow | None:
    """Return the state of the connection to the boards' broker; None: it was never tried."""
    return db.get(FabomaticLinkRow, site_id)


def _board(db: Session, site_id: str, number: int) -> FabomaticBoardRow:
    board = db.get(FabomaticBoardRow, (site_id, number))
    if board is None:
        raise NotFound("FabOMatic board", str(number))
    return board


def _machine(db: Session, site_id: str, access_point: str, actor: Actor) -> AccessPointRow:
    point = access_point_row(db, access_point, actor)
    actor.require(Permission.AGENTS_WRITE, site_id)
    if point.site_id != site_id or point.kind is not PointKind.MACHINE:
        raise NotFound("machine", access_point)
    return point
