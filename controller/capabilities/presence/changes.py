"""What the desk says of presence that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """The desk said that a member came in; what doors tell is known by their events."""

    site_id: str
    member_ref: str
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class CameInByMistake:
    """That was a mistake."""

    site_id: str
    member_ref: str
    at: Utc
