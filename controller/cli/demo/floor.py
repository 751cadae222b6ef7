"""The plan of the demo's place: a workshop, a coworking room, a meeting room and a hall.

Coordinates are in steps of 10 cm.
"""

from controller.capabilities.live import plan
from controller.cli.demo.bookings import ROOM
from controller.cli.demo.place import SITE_ID
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database

_BY = Actor.system("demo")
WALLS = (
    (0, 0, 220, 0),
    (220, 0, 220, 104),
    (220, 104, 0, 104),
    (0, 104, 0, 0),
    (80, 0, 80, 104),
    (0, 46, 80, 46),
    (0, 74, 50, 74),
    (50, 46, 50, 74),
)
"""From where to where each wall goes."""
DOORS = ((30, 104, 0, "porte-principale"), (58, 46, 0, "porte-coworking"))
ORDINARY_DOORS = ((50, 69, 3), (80, 84, 1))
"""Doors with and without a reader: hinge, quarter turns of the opening, access point."""
ROOMS = {"coworking": (4, 8), ROOM: (4, 54), "atelier": (84, 8)}
"""Where each room's name stands."""
MACHINES = {
    "laser-co2": (106, 24),
    "plotter": (150, 24),
    "imprimante-1": (194, 24),
    "imprimante-2": (106, 52),
    "imprimante-3": (150, 52),
    "mortaiseuse": (194, 52),
    "fraiseuse": (112, 80),
    "tour": (152, 80),
    "perceuse": (194, 80),
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
        plan.save_draft(db, SITE_ID, drawing, draft_at=None, actor=_BY, now=now)
        plan.publish(db, SITE_ID, draft_at=now, actor=_BY, now=now)
