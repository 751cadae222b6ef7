"""The doors of the place, to be opened from the desk: the four acts of Live, each apart."""

from dataclasses import replace

from flask import url_for

from controller.capabilities.live import board
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, allowed
from webui.live.tiles import tile
from webui.live.views import Action, Tile
from webui.members.acting import DESK


def read_doors(db: Session, site: Site, now: Utc, zone: str, person: str) -> tuple[Tile, ...]:
    """First the one that leads from outside into that zone; none for who may not open them."""
    if not allowed(Permission.COMMAND):
        return ()
    found = board.doors(db, site, actor=actor(), now=now)
    tiles = [
        (
            (each.point.from_zone is not None, each.point.zone != zone),
            tile(each, {}, now, site, may_command=True),
        )
        for each in found
    ]
    tiles.sort(key=lambda each: (each[0], each[1].name.casefold()))
    return tuple(_from_here(each, person) for _inner, each in tiles)


def _from_here(door: Tile, person: str) -> Tile:
    """Its acts come back to the desk, with whom it has open."""

    def back(operation: Action) -> Action:
        to = url_for(
            "actions.do", point=door.id, deed=operation.deed, back=DESK, person=person or None
        )
        return replace(operation, href=to)

    main = back(door.main) if door.main else None
    return replace(door, main=main, acts=tuple(back(each) for each in door.acts))
