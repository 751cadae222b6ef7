"""Systems connected to the demo's place: calendars, webhook, remote door, FabOMatic board."""

from sqlalchemy import select

from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.cli.demo.place import POINTS, SITE_ID
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.integrations.calendars import calendars
from controller.integrations.calendars.models import CalendarKind
from controller.integrations.calendars.shapes import NewCalendar
from controller.integrations.fabomatic import boards
from controller.integrations.fabomatic.models import FabomaticBoardRow
from controller.integrations.home_assistant import doors
from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.models import DeliveryRow
from controller.integrations.webhooks.shapes import NewWebhook
from controller.kernel.actor import Actor
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7

_BY = Actor.system("demo")
_ADDRESS = "https://tableau.lafabrique.example/loquet/ce-qui-change"
_DELIVERIES = (("point", 204, None), ("alarm", 204, None), ("booking", None, "answered 500"))


def add_others(database: Database, seal: Sealer, now: Utc) -> None:
    """Add them. The webhook is disabled: nothing of the demo leaves this computer."""
    with database.edit() as db:
        _agendas(db, now)
        _webhook(db, seal, now)
        door = next(
            point.point.id for point in reversed(POINTS) if point.point.kind is PointKind.DOOR
        )
        doors.allow(db, door, actor=_BY, now=now)
        _board(db, now)


def _agendas(db: Session, now: Utc) -> None:
    machine = next(point.point.id for point in POINTS if point.point.kind is PointKind.MACHINE)
    for new in (
        NewCalendar(kind=CalendarKind.PROGRAMME, site_id=SITE_ID),
        NewCalendar(kind=CalendarKind.MACHINE, access_point=machine, site_id=SITE_ID),
    ):
        calendars.create(db, new, base="https://lafabrique.example", actor=_BY, now=now)


def _board(db: Session, now: Utc) -> None:
    """Add a mortiser that its FabOMatic board controls, not commissioned yet."""
    name = Label(fr="Mortaiseuse", en="Mortiser")
    new = NewAccessPoint(
        id="mortaiseuse",
        site_id=SITE_ID,
        kind=PointKind.MACHINE,
        zone_id="atelier",
        name=name,
        icon="drill",
    )
    access_points.create(db, new, actor=_BY, now=now)
    boards.link(db, SITE_ID, 7, "mortaiseuse", actor=_BY, now=now)
    row = db.get_one(FabomaticBoardRow, (SITE_ID, 7))
    row.seen_at, row.version = now, "1.2.0"


def _webhook(db: Session, seal: Sealer, now: Utc) -> None:
    new = NewWebhook(url=_ADDRESS, site_id=SITE_ID, enabled=False)
    webhook = webhooks.create(db, new, seal=seal, allow_private=True, actor=_BY, now=now)
    if db.scalar(select(DeliveryRow.id).limit(1)) is not None:
        return
    for position, (kind, status, error) in enumerate(_DELIVERIES, 1):
        db.add(
            DeliveryRow(
                id=uuid7(),
                webhook_id=webhook.id,
                site_id=SITE_ID,
                position=-position,  # before any that is delivered for real
                type=kind,
                key="",
                at=now,
                attempts=10 if error else 1,
                due_at=None,
                delivered_at=None if error else now,
                status=status or 500,
                error=error,
            )
        )
