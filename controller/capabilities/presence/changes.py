"""Presence changes made by the desk, to which other features react in the same transaction."""

from dataclasses import dataclass

from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """The desk checked a member in. Entries through doors are known from events."""

    site_id: str
    member_ref: str
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class CameInByMistake:
    """The desk undid a check-in."""

    site_id: str
    member_ref: str
    at: Utc
