"""What OctoPrint knows of a job, in minutes and grams."""

from __future__ import annotations

from typing import Any


def minutes(job: dict[str, Any]) -> float | None:
    """As it was estimated."""
    seconds = job.get("estimatedPrintTime")
    return seconds / 60 if isinstance(seconds, (int, float)) else None


def grams(job: dict[str, Any], density: float) -> float | None:
    """As its file says, for a filament of so many grams a cubic centimetre."""
    tools = (job.get("filament") or {}).values()
    volumes = [tool.get("volume") for tool in tools if isinstance(tool, dict)]
    known = [volume for volume in volumes if isinstance(volume, (int, float))]
    return sum(known) * density if known else None


def used(expected: float | None, outcome: str, progress: float) -> float | None:
    """Of the grams that a whole print takes: what a part of it has taken, by its file."""
    if expected is None or outcome == "completed":
        return expected
    return expected * min(1.0, max(0.0, progress))
