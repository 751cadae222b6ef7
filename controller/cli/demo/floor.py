"""The plan of the demo's place: a workshop, a coworking room and a meeting room around a hall."""

from controller.capabilities.live import plan
from controller.cli.demo.bookings import ROOM
from controller.cli.demo.place import SITE_ID
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database

_BY = Actor.system("demo")
WALLS = (
    (0, 0, 240, 0),
    (240, 0, 240, 150),
    (240, 150, 0, 150),
    (0, 150, 0, 0),
    (0, 90, 90, 90),
    (90, 0, 90, 90),
    (90, 60, 150, 60),
    (150, 0, 150, 150),
)
DOORS = ((60, 150, 0, "porte-principale"), (40, 90, 0, "porte-coworking"))
ORDINARY_DOORS = ((112, 60, 0), (150, 108, 1))
ROOMS = {"coworking": (4, 8), ROOM: (94, 8), "atelier": (154, 8)}
MACHINES = {
    "laser-co2": (168, 28),
    "plotter": (196, 28),
    "imprimante-1": (224, 28),
    "imprimante-2": (168, 58),
    "imprimante-3": (196, 58),
    "mortaiseuse": (224, 58),
    "fraiseuse": (180, 90),
    "tour": (216, 90),
    "perceuse": (196, 122),
}


def draw_floor(database: Database, now: Utc) -> None:
    """Draw the plan and publish it."""
    drawing = {
        "walls": [dict(zip(("x1", "y1", "x2", "y2"), wall, strict=True)) for wall in WALLS],
        "doors": [
            *({"x": x, "y": y, "turn": turn, "point": point} for x, y, turn, point in DOORS),
            *({"x": x, "y": y, "turn": turn} for x, y, turn in ORDINARY_DOORS),
        ],
        "rooms": [{"zone": zone, "x": x, "y": y} for zone, (x, y) in ROOMS.items()],
        "machines": [{"point": point, "x": x, "y": y} for point, (x, y) in MACHINES.items()],
    }
    with database.write() as db:
        plan.save_draft(db, SITE_ID, drawing, actor=_BY, now=now)
        plan.publish(db, SITE_ID, actor=_BY, now=now)
