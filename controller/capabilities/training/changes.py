"""What happens to training that other rooms must act upon, in the same transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeNarrowed:
    """A certification is to count at its own site only; whoever needs it elsewhere refuses."""

    certification_id: str
    site_id: str
