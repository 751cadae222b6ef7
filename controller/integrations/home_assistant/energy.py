"""The energy that machines have used: the reported power multiplied by time."""

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
    """Energy counters; time without the controller counts as zero."""

    def __init__(self, stored: Mapping[str, int]) -> None:
        self._stored = dict(stored)
        self._meters: dict[str, _Meter] = {}

    @classmethod
    def of(cls, db: Session, site_id: str) -> "Energy":
        """Return counters that continue from the stored values."""
        rows = db.scalars(select(HomeEnergyRow).where(HomeEnergyRow.site_id == site_id))
        return cls({row.access_point_id: row.watt_s for row in rows})

    def update(self, points: Iterable[Point], mono_s: float) -> dict[str, int]:
        """Update the counters; return each metered point's energy in watt seconds."""
        return {point.id: self._update(point, mono_s) for point in points if point.metered}

    def store(self, db: Session, site_id: str) -> None:
        """Store the counters."""
        for key, meter in list(self._meters.items()):
            row = db.get(HomeEnergyRow, key) or HomeEnergyRow(access_point_id=key, site_id=site_id)
            row.watt_s = int(meter.watt_s)
            db.add(row)

    def _update(self, point: Point, mono_s: float) -> int:
        meter = self._meters.get(point.id)
        if meter is None:
            meter = self._meters[point.id] = _Meter(self._stored.get(point.id, 0), 0, mono_s)
        meter.watt_s += meter.watts * (mono_s - meter.mono_s)
        meter.watts, meter.mono_s = point.watts or 0, mono_s
        return int(meter.watt_s)
