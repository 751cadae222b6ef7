"""The sites that a report combines: the page's own, and others whose reports may be read."""

from collections.abc import Sequence

from flask import abort, request

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics import naming
from controller.capabilities.statistics.naming import Names
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.shapes import Label
from webui.guard import account, site
from webui.i18n import _
from webui.naming import read_label
from webui.parts import Option

PLACE = "place"
"""In addresses: another site whose figures are added to this one's."""


def readable_sites() -> tuple[Site, ...]:
    """Return the sites whose reports this account may read, that of the page first."""
    who, own_site = account() or abort(401), site()
    others = (
        place
        for place in who.sites
        if place.id != own_site.id and place.id not in who.lacks_factor_at
    )
    return (
        own_site,
        *(place for place in others if who.actor.may(Permission.REPORTS_READ, place.id)),
    )


def chosen_sites() -> tuple[Site, ...]:
    """Return the page's site and those in the address; 404 if one's reports may not be read."""
    at, *others = readable_sites()
    ids = request.args.getlist(PLACE)
    if not set(ids) <= {at.id, *(place.id for place in others)}:
        abort(404)
    return (at, *(place for place in others if place.id in ids))


def is_allowed_at_each(sites: Sequence[Site], permission: Permission) -> bool:
    """Whether the account has this permission at each of these sites."""
    who = account() or abort(401)
    return all(who.actor.may(permission, candidate.id) for candidate in sites)


def site_choices(chosen: Sequence[Site]) -> tuple[tuple[Option, bool], ...]:
    """Return the sites that can be counted together, and whether each one is chosen.

    Empty for a single site.
    """
    readable, keys = readable_sites(), {place.id for place in chosen}
    options = (Option(value=place.id, text=read_label(place.name)) for place in readable)
    return tuple((option, option.value in keys) for option in options) if len(readable) > 1 else ()


def names_of_parts(db: Session, sites: Sequence[Site]) -> Names:
    """Return the names of the report's machines, rooms and categories.

    For several sites, each is followed by the name of its site.
    """
    if len(sites) == 1:
        return naming.names(db, sites[0].id)
    names: Names = {}
    for candidate in sites:
        place = read_label(candidate.name)
        for key, label in naming.names(db, candidate.id).items():
            text = _("%(name)s, %(place)s", name=read_label(label), place=place)
            names[key] = Label(fr=text, en=text)
    return names
