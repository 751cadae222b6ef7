"""API of the safety register: entries are written, added to, read and annulled, never changed."""

from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import SafetyKind
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER, SAFETY_WRITE
from webui.api.crud import Paged, read_routes, service_route, write_routes


class EntryQuery(Paged, frozen=True, kw_only=True):
    """The query; `unread` selects the entries that the actor has still to read, or the others."""

    year: int | None = None
    kind: SafetyKind | None = None
    unread: bool | None = None


_ENTRIES = "/safety-entries"
_WHAT = "entries of the safety register"

ROUTES = [
    *read_routes(_ENTRIES, entries, SAFETY_WRITE, what=_WHAT, query=EntryQuery),
    *write_routes(_ENTRIES, entries, SAFETY_WRITE, fields=None, what=_WHAT),
    service_route(
        "POST",
        f"{_ENTRIES}/{{id}}/additions",
        entries.add_to_entry,
        SAFETY_WRITE,
        "Add to an entry, with date and author",
        status=201,
    ),
    service_route(
        "POST", f"{_ENTRIES}/{{id}}/read", entries.mark_read, SAFETY_ANSWER, "Tick an entry as read"
    ),
    service_route(
        "POST",
        f"{_ENTRIES}/{{id}}/annul",
        entries.annul,
        SAFETY_ANSWER,
        "Annul an entry, with a reason; it stays readable",
    ),
]
