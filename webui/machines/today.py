"""What one machine did today, what it does, and for whom it is kept: as a lane and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.live import board, day
from controller.capabilities.live.reserved import Reserved
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import clock, format_remaining
from webui.live.lanes import day_view, doing_words
from webui.live.views import Block

MOST = 40
"""Moments that are said, the latest: few days have more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What it did from a time on."""

    look: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Its lane, in hundredths of the hours that are shown, and the same in words."""

    hours: tuple[str, ...]
    blocks: tuple[Block, ...]
    now: float
    moments: tuple[Moment, ...]


def today(
    db: Session,
    site_id: str,
    tile: board.Tile,
    kept: Sequence[Reserved],
    zone: ZoneInfo,
    *,
    actor: Actor,
    now: Utc,
) -> Today:
    """In the current language; `kept` says for whom it is reserved."""
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
    return Today(
        hours=shown.hours,
        blocks=shown.lanes[0].blocks,
        now=shown.now,
        moments=tuple(moments[-MOST:]),
    )
