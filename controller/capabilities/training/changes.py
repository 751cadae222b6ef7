"""What happens to training that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeNarrowed:
    """A certification is to count at its own site only; whoever needs it elsewhere refuses."""

    certification_id: str
    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRefused:
    """Two badges at a machine were to give a certification, and may not."""

    event_id: str
    site: str
    agent: str
    access_point: str | None
    certification_id: str
    reason: str
    at: Utc
