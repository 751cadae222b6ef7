"""What machines have used, from what they draw: watts as they are told, times how long."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.integrations.home_assistant.models import HomeEnergyRow
from controller.integrations.home_assistant.snapshot import Point


@dataclass(slots=True)
class _Meter:
    watt_s: float
    watts: int
    mono_s: float


class Energy:
    """Counts on from what is kept. What nobody saw, as the controller was away, is not guessed."""

    def __init__(self, kept: Mapping[str, int]) -> None:
        self._kept = dict(kept)
        self._meters: dict[str, _Meter] = {}

    @classmethod
    def of(cls, db: Session, site_id: str) -> "Energy":
        """From what is kept."""
        rows = db.scalars(select(HomeEnergyRow).where(HomeEnergyRow.site_id == site_id))
        return cls({row.access_point_id: row.watt_s for row in rows})

    def see(self, points: Iterable[Point], mono_s: float) -> dict[str, int]:
        """How much each has used by now, in watt seconds, of those that have a meter."""
        return {point.id: self._see(point, mono_s) for point in points if point.metered}

    def keep(self, db: Session, site_id: str) -> None:
        """Note what was counted."""
        for key, meter in list(self._meters.items()):
            row = db.get(HomeEnergyRow, key) or HomeEnergyRow(access_point_id=key, site_id=site_id)
            row.watt_s = int(meter.watt_s)
            db.add(row)

    def _see(self, point: Point, mono_s: float) -> int:
        meter = self._meters.get(point.id)
        if meter is None:
            meter = self._meters[point.id] = _Meter(self._kept.get(point.id, 0), 0, mono_s)
        meter.watt_s += meter.watts * (mono_s - meter.mono_s)
        meter.watts, meter.mono_s = point.watts or 0, mono_s
        return int(meter.watt_s)
