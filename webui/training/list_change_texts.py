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
    texts = _renamed_texts(changes, member_id, now, zone)
    if change := changes.enrolled.get(member_id):
        when = format_relative(change.at, now, zone)
        texts.append(
            _("enrolled by %(name)s: %(day)s", name=change.by, day=when)
            if change.by
            else _("enrolled by somebody else: %(day)s", day=when)
        )
    return tuple(texts)


def withdrawn_texts(changes: ListChanges | None, now: Utc, zone: ZoneInfo) -> tuple[str, ...]:
    """Return whom others took off the list, by the name that they have now, and what is known of
    that name."""
    if changes is None:
        return ()
    texts = []
    for member_id, change in changes.withdrawn.items():
        when = format_relative(change.at, now, zone)
        mark = mark_beside(changes, member_id)
        known = [*([mark] if mark else []), *_renamed_texts(changes, member_id, now, zone)]
        name = f"{change.name} ({', '.join(known)})" if known else change.name
        texts.append(
            _(
                "%(name)s: taken off the list by %(who)s, %(day)s.",
                who=change.by,
                name=name,
                day=when,
            )
            if change.by
            else _("%(name)s: taken off the list by somebody else, %(day)s.", name=name, day=when)
        )
    return tuple(texts)


def _renamed_texts(changes: ListChanges, member_id: str, now: Utc, zone: ZoneInfo) -> list[str]:
    at = changes.renamed.get(member_id)
    return [_("name changed: %(day)s", day=format_relative(at, now, zone))] if at else []


def mark_beside(changes: ListChanges | None, member_id: str) -> str:
    """Return what tells the member apart from anybody else whose name looks the same."""
    found = changes.distinctions.get(member_id) if changes else None
    return mark_text(found) if found else ""
