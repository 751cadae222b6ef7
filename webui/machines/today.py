"""A machine's day, as a lane and as text: what it did, what it does, and its reservations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.live import board, day
from controller.capabilities.live.day import MachineActivity
from controller.capabilities.live.reservations import Reservation
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.i18n import _
from webui.i18n.dates import clock, format_remaining
from webui.live.lanes import DRAWING_ORDER, day_view, doing_words
from webui.live.views import Block

LABEL_LINES = 3
"""How many lines of labels there are under the lane."""
_CHARACTER = 1.3
"""Width of a character in percent, on the narrowest screen that shows labels."""
_USE = (MachineActivity.WORKED, MachineActivity.EXPECTED, MachineActivity.ON)
_PAUSE = timedelta(minutes=15)
"""Stretches of use with a shorter pause between them have one label."""
MOMENTS_LIMIT = 40
"""At most this many moments are listed, the latest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the machine did from a certain time on, and for how long."""

    look: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The text under a block of the lane: its position in percent, and its line from the top."""

    x: float
    ends: bool
    """Whether the text ends there; otherwise it begins there."""
    line: int
    look: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLane:
    """The machine's lane in hundredths of the hours shown, and the same in words."""

    hours: tuple[str, ...]
    blocks: tuple[Block, ...]
    now: float
    """Where the lane marks the present time."""
    moments: tuple[Moment, ...]
    labels: tuple[Label, ...]
    """The moments as texts under their blocks; empty if they don't fit there."""


def today_lane(
    db: Session,
    site_id: str,
    tile: board.Tile,
    reservations: Sequence[Reservation],
    zone: ZoneInfo,
    *,
    actor: Actor,
    now: Utc,
) -> TodayLane:
    """Return the machine's lane of today, with its reservations, in the current language."""
    today = day.day(
        db, site_id, [tile], reservations, zone, actor=actor, now=now, only=tile.point.id
    )
    view = day_view(today, [tile], zone, now)
    # the view's blocks are in this order, one for each stretch
    order = sorted(today.stretches, key=lambda stretch: DRAWING_ORDER.index(stretch.doing))
    blocks = view.lanes[0].blocks
    block_of = {id(stretch): block for stretch, block in zip(order, blocks, strict=True)}
    texts = [
        (block_of[id(group[0])], _moment(group, zone))
        for group in _groups(sorted(today.stretches, key=lambda stretch: stretch.start))
    ]
    return TodayLane(
        hours=view.hours,
        blocks=blocks,
        now=view.now,
        moments=tuple(moment for _block, moment in texts[-MOMENTS_LIMIT:]),
        labels=place_labels(texts),
    )


def _groups(stretches: Sequence[day.Stretch]) -> list[list[day.Stretch]]:
    """Return the stretches with those of use together if there is little time between them."""
    groups: list[list[day.Stretch]] = []
    end: Utc | None = None
    for stretch in stretches:
        if stretch.doing not in _USE:
            groups.append([stretch])
        elif end is not None and stretch.start - end <= _PAUSE:
            next(group for group in reversed(groups) if group[0].doing in _USE).append(stretch)
        else:
            groups.append([stretch])
        if stretch.doing in _USE:
            end = stretch.end
    return groups


def _moment(group: Sequence[day.Stretch], zone: ZoneInfo) -> Moment:
    """Return the machine's main activity from the group's start on, and for how long."""
    doing = min((stretch.doing for stretch in group), key=list(MachineActivity).index)
    spans = (stretch.end - stretch.start for stretch in group if stretch.doing is doing)
    return Moment(
        look=doing.value,
        at=clock(group[0].start, zone),
        text=_(
            "%(what)s, %(time)s",
            what=doing_words()[doing],
            time=format_remaining(sum(spans, timedelta()).total_seconds()),
        ),
    )


def place_labels(texts: Sequence[tuple[Block, Moment]]) -> tuple[Label, ...]:
    """Place texts under their blocks, each on the first line with room; empty if one finds none.

    The blocks come from left to right.
    """
    line_ends, labels = [0.0] * LABEL_LINES, list[Label]()
    for block, moment in texts:
        text = f"{moment.at} {moment.text}"
        width = len(text) * _CHARACTER
        ends = block.x + width > 100
        x = min(100.0, block.x + block.width) if ends else block.x
        left = x - width if ends else x
        line = next((line for line, end in enumerate(line_ends) if end <= left), None)
        if line is None:
            return ()
        line_ends[line] = left + width + _CHARACTER
        labels.append(Label(x=round(x, 2), ends=ends, line=line, look=moment.look, text=text))
    return tuple(labels)
