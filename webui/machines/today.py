"""A machine's day, as a lane and as text: what it did, what it does, and its reservations."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.live import board, day
from controller.capabilities.live.reservations import Reservation
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import clock, format_remaining
from webui.live.lanes import day_view, doing_words
from webui.live.views import Block

MOMENTS_LIMIT = 40
"""So many moments are listed, the latest; few days have more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the machine did from a certain time on, and for how long."""

    look: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLane:
    """The machine's lane in hundredths of the hours shown, and the same in words."""

    hours: tuple[str, ...]
    blocks: tuple[Block, ...]
    now: float
    """Where the lane marks the present time."""
    moments: tuple[Moment, ...]


def today_lane(
    db: Session,
    site_id: str,
    tile: board.Tile,
    kept: Sequence[Reservation],
    zone: ZoneInfo,
    *,
    actor: Actor,
    now: Utc,
) -> TodayLane:
    """Return the machine's lane of today in the current language; `kept` are its reservations."""
    found = day.day(db, site_id, [tile], kept, zone, actor=actor, now=now, only=tile.point.id)
    shown = day_view(found, [tile], zone, now)
    words = doing_words()
    moments = [
        Moment(
            look=stretch.doing.value,
            at=clock(stretch.start, zone),
            text=_(
                "%(what)s, %(time)s",
                what=words[stretch.doing],
                time=format_remaining((stretch.end - stretch.start).total_seconds()),
            ),
        )
        for stretch in found.stretches
    ]
    return TodayLane(
        hours=shown.hours,
        blocks=shown.lanes[0].blocks,
        now=shown.now,
        moments=tuple(moments[-MOMENTS_LIMIT:]),
    )
