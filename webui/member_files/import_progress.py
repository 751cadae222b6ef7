"""The progress of an import, in words."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from controller.capabilities.member_files import import_progress, undo
from webui.context import context
from webui.guard import actor, site
from webui.i18n import _, locale
from webui.i18n.dates import format_relative


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """How far an import has come; nothing of it where none goes on."""

    said: str = ""
    since: str = ""
    percent: int = 0
    digest: str = ""
    over: str = ""
    """The message that the watched import has finished."""


def progress_view(followed: str = "") -> ProgressView:
    """Running imports at this site. `followed` is the digest of the watched file."""
    given, at = context(), site()
    now = given.clock()
    with given.database.read() as db:
        found = import_progress.read_progress(db, at.id, actor=actor())
        last = undo.last(db, at.id, actor=actor(), now=now) if followed else None
    if found is None:
        if last is None or last.digest != followed:
            return ProgressView()
        count = format_number(last.count)
        return ProgressView(over=_("Import done: %(n)s.", n=count))
    there, all_of_them = format_number(found.done), format_number(found.total)
    return ProgressView(
        said=_("%(done)s of %(total)s rows", done=there, total=all_of_them),
        since=format_relative(found.begun, now, ZoneInfo(at.time_zone)),
        percent=100 * found.done // max(found.total, 1),
        digest=found.digest,
    )


def format_number(number: int) -> str:
    """A number as people write it."""
    return str(format_decimal(number, locale=locale()))
