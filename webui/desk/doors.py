"""The doors that the desk can open: the same actions as on Live, with a way back to the desk."""

from dataclasses import replace

from flask import url_for

from controller.capabilities.live import board
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed
from webui.live.tiles import tile
from webui.live.views import Action, Tile
from webui.members.member_action import DESK


def read_doors(db: Session, site: Site, now: Utc, zone: str, person: str) -> tuple[Tile, ...]:
    """Return the doors, the one from outside into that zone first; none without the permission."""
    if not is_allowed(Permission.COMMAND):
        return ()
    door_tiles = board.doors(db, site, actor=actor(), now=now)
    doors = []
    for door_tile in door_tiles:
        door = tile(door_tile, {}, now, site, may_command=True)
        is_inner = door_tile.point.from_zone is not None
        doors.append((is_inner, door_tile.point.zone != zone, door.name.casefold(), door))
    doors.sort(key=lambda row: row[:3])
    return tuple(_with_way_back(door, person) for *_order, door in doors)


def _with_way_back(door: Tile, person: str) -> Tile:
    """Return the door with actions that lead back to the desk and its open member."""

    def back(operation: Action) -> Action:
        to = url_for(
            "actions.do", point=door.id, action=operation.name, back=DESK, person=person or None
        )
        return replace(operation, href=to)

    main = back(door.main) if door.main else None
    return replace(door, main=main, actions=tuple(back(action) for action in door.actions))
