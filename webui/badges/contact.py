"""What a change of a badge says while boxes have no contact, and so decide as before."""

from controller.capabilities.live.hub_contact import points_without_contact
from webui.context import context
from webui.guard import site
from webui.i18n import _, current, plural

SHOWN = 5
"""Most doors and machines that are named."""


def replaced_text() -> str:
    """Return the message that a badge was replaced."""
    if names := _names():
        return _(
            "Badge replaced, but not yet where the box has no contact: %(names)s. Until it has, "
            "the old badge still works there and the new one does not.",
            names=names,
        )
    return _("Badge replaced: the old one no longer works, the new one does.")


def lost_text() -> str:
    """Return the message that a badge was marked as lost at the desk."""
    if names := _names():
        return _(
            "Badge lost, but it still works where the box has no contact: %(names)s.", names=names
        )
    return _("Badge lost: it no longer works.")


def suspended_text() -> str:
    """Return the message that a badge was suspended."""
    if names := _names():
        return _(
            "Badge suspended, but it still works where the box has no contact: %(names)s.",
            names=names,
        )
    return _("Badge suspended.")


def own_lost_text() -> str:
    """Return the message that a member has reported their badge as lost."""
    if names := _names():
        return _(
            "Badge blocked, but it still works where the box has no contact: %(names)s. Tell the "
            "desk. Your rights are unchanged.",
            names=names,
        )
    return _("Badge blocked: it no longer works. Your rights are unchanged.")


def _names() -> str:
    """Return the doors and machines whose box can't learn of it now, as text; empty: none."""
    web = context()
    with web.database.read() as db:
        points = points_without_contact(db, site().id, web.clock())
    names = [point.read(current()) for point in points[:SHOWN]]
    if (more := len(points) - SHOWN) > 0:
        names.append(plural("and %(n)s more", "and %(n)s more", more))
    return ", ".join(names)
