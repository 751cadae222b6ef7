"""The audit filter from the address, read strictly; invalid fields are reported."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from controller.capabilities.audit.action_labels import Group
from controller.capabilities.audit.reading import KINDS, Filter
from controller.domain.time import Utc

_DIGITS = 18


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What was asked, as its fields had it and as the filter takes it."""

    fields: dict[str, str]
    filter: Filter
    unread: frozenset[str]
    """Fields that say what nobody can read, and so choose nothing."""


def read(given: MultiDict[str, str], actors: Collection[str], zone: ZoneInfo) -> AuditQuery:
    """`actors`: those who can be chosen, so that nobody asks for a member's acts."""
    text = {name: given.get(name, "") for name in ("from", "to", "by", "group", "kind", "before")}
    first, last = _day(text["from"]), _day(text["to"])
    before = text["before"]
    usable = before.isascii() and before.isdecimal() and len(before) <= _DIGITS
    group = text["group"] if text["group"] in tuple(Group) else ""
    fields = {
        "from": first.isoformat() if first else "",
        "to": last.isoformat() if last else "",
        "by": text["by"] if text["by"] in actors else "",
        "group": group,
        "kind": text["kind"] if text["kind"] in KINDS else "",
    }
    return AuditQuery(
        fields=fields,
        unread=frozenset(name for name in fields if text[name].strip() and not fields[name]),
        filter=Filter(
            since=Utc.midnight(first, zone) if first else None,
            until=Utc.midnight(last + timedelta(days=1), zone) if last else None,
            actor=text["by"] if text["by"] in actors else None,
            group=Group(group) if group else None,
            kind=text["kind"] if text["kind"] in KINDS else None,
            before=int(before) if usable else None,
        ),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 3000 else None
