"""What others did lately to a session's list and to the names on it, in words."""

from zoneinfo import ZoneInfo

from controller.capabilities.training.list_changes import ListChanges
from controller.domain.time import Utc
from webui.i18n import _
from webui.i18n.dates import format_relative
from webui.members.namesakes import mark_text


def line_texts(
    changes: ListChanges | None, member_id: str, now: Utc, zone: ZoneInfo
) -> tuple[str, ...]:
    """Return that the member's name was changed lately, and who else enrolled them."""
    if changes is None:
        return ()
    texts = []
    if at := changes.renamed.get(member_id):
        texts.append(_("name changed: %(day)s", day=format_relative(at, now, zone)))
    if change := changes.enrolled.get(member_id):
        when = format_relative(change.at, now, zone)
        texts.append(
            _("enrolled by %(name)s: %(day)s", name=change.by, day=when)
            if change.by
            else _("enrolled by somebody else: %(day)s", day=when)
        )
    return tuple(texts)


def withdrawn_texts(changes: ListChanges | None, now: Utc, zone: ZoneInfo) -> tuple[str, ...]:
    """Return whom others took off the list."""
    if changes is None:
        return ()
    texts = []
    for change in changes.withdrawn.values():
        when = format_relative(change.at, now, zone)
        texts.append(
            _(
                "%(name)s: taken off the list by %(who)s, %(day)s.",
                who=change.by,
                name=change.name,
                day=when,
            )
            if change.by
            else _(
                "%(name)s: taken off the list by somebody else, %(day)s.",
                name=change.name,
                day=when,
            )
        )
    return tuple(texts)


def mark_beside(changes: ListChanges | None, member_id: str) -> str:
    """Return what tells the member apart from anybody else whose name looks the same."""
    found = changes.distinctions.get(member_id) if changes else None
    return mark_text(found) if found else ""
