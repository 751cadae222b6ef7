"""The places that know the member, besides the one of the page (0358)."""

from collections.abc import Iterable
from dataclasses import replace

from controller.capabilities.members import members
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import Site
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Session
from webui.guard import account, actor, own_member, site


def is_at_terminal() -> bool:
    """Whether the reader stands at a terminal."""
    who = account()
    return who is not None and who.at_terminal


def known_at(db: Session) -> frozenset[str]:
    """Return the ids of the sites that know the member."""
    person = members.get(db, own_member(), actor=actor())
    return frozenset((person.site_id, *person.also_at))


def own_actor(db: Session) -> Actor:
    """Return the page's actor with a member's rights at the other places that know the member.

    For the member's own bookings and enrolments only: badge and code give the same rights at a
    terminal of such a place. A terminal's own page stays at its place.
    """
    who = actor()
    if is_at_terminal():
        return who
    return replace(
        who, roles={**dict.fromkeys(known_at(db), frozenset({Role.MEMBER})), **who.roles}
    )


def read_places(db: Session, ids: Iterable[str]) -> list[Site]:
    """Return these sites, this page's first; at a terminal this page's only."""
    wanted = {site().id} if is_at_terminal() else {site().id, *ids}
    return sorted(sites.with_ids(db, wanted), key=lambda place: place.id != site().id)
