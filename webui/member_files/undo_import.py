"""Shows the progress of an import, and undoes one in short steps, one per request."""

import re
import time
from dataclasses import dataclass

from babel.numbers import format_decimal
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import charges
from controller.capabilities.member_files import import_progress, undo
from controller.capabilities.member_files.undo import LastImport
from controller.kernel.actor import Permission
from controller.kernel.bulk_operation import Outcome, batches
from controller.kernel.errors import NotFound
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site, site_zone
from webui.i18n import _, locale, plural
from webui.i18n.dates import format_relative
from webui.members.member_action import refuse
from webui.undo import flash_done
from webui.write_actions import write_action

# The progress of an import, in words.


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """The progress of an import as a page shows it; all fields are empty if none is running."""

    text: str = ""
    """How many rows of how many, in words."""
    since: str = ""
    """When the import began."""
    percent: int = 0
    digest: str = ""
    over: str = ""
    """A message once the watched import has finished."""


def progress_view(followed: str = "") -> ProgressView:
    """Return the progress of the import that runs at this site.

    `followed`: digest of the file whose import the page watches; once that has ended, `over` is
    set.
    """
    web, place = context(), site()
    now = web.clock()
    with web.database.read() as db:
        progress = import_progress.read_progress(db, place.id, actor=actor())
        last = undo.last(db, place.id, actor=actor(), now=now) if followed else None
    if progress is None:
        if last is None or last.digest != followed:
            return ProgressView()
        count = format_number(last.count)
        return ProgressView(over=_("Import done: %(n)s.", n=count))
    done, total = format_number(progress.done), format_number(progress.total)
    return ProgressView(
        text=_("%(done)s of %(total)s rows", done=done, total=total),
        since=format_relative(progress.begun, now, site_zone()),
        percent=100 * progress.done // max(progress.total, 1),
        digest=progress.digest,
    )


def format_number(number: int) -> str:
    """Return a number with the separators of the current language."""
    return str(format_decimal(number, locale=locale()))


STEP_S = 1.5
"""Seconds of undoing per request; then the page shows the progress."""
MAX_NAMES = 5
"""How many names of members who are kept are shown."""
_MEMBER_ID = re.compile(r"[0-9a-f-]{36}")

pages = Pages("undo_import", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoProgress:
    """The progress of undoing an import: the last member that was handled, and the outcome so
    far."""

    digest: str
    after: str = ""
    """Id of the last member that was handled; empty: none yet."""
    outcome: Outcome
    left: int = 0
    """How many members are left to handle."""

    @property
    def sentence(self) -> str:
        """How many people were handled, of how many, in words."""
        handled = self.outcome.done + self.outcome.refused
        return _(
            "%(done)s people of %(total)s",
            done=format_number(handled),
            total=format_number(handled + self.left),
        )

    @property
    def percent(self) -> int:
        """The progress in percent, 0 to 100."""
        handled = self.outcome.done + self.outcome.refused
        return 100 * handled // max(handled + self.left, 1)


@pages.post("/members/import/take-back", Permission.CERTIFY)
def take_back() -> ResponseReturnValue:
    """Undo the last import for `STEP_S` seconds; the page sends its form again until all are done.

    Members who were handled are not tried again. If the undo is interrupted, it starts again with
    the remaining members.
    """
    progress, web, place = _read_form(), context(), site()
    with web.database.read() as db:
        imported = undo.last(db, place.id, actor=actor(), now=web.clock())
        if imported is None or imported.digest != progress.digest:
            return _refuse_undo()
        remaining = [key for key in undo.imported_members(db, imported) if key > progress.after]
    progress = _undo_step(progress, remaining)
    if progress.left:
        template = "undo_part.html" if is_htmx_request() else "undo_import.html"
        return render_template(f"member_files/{template}", it=progress)
    return _finish(imported, progress.outcome)


def _read_form() -> UndoProgress:
    form = request.form
    after = form.get("after", "")
    counts = [int(text) if text.isdecimal() else 0 for text in _form_values("gone", "stay")]
    return UndoProgress(
        digest=form.get("digest", ""),
        after=after if _MEMBER_ID.fullmatch(after) else "",
        outcome=Outcome(*counts),
    )


def _form_values(*names: str) -> list[str]:
    return [request.form.get(name, "")[:7] for name in names]


def _undo_step(progress: UndoProgress, member_ids: list[str]) -> UndoProgress:
    """Remove members, batch by batch, until `STEP_S` is over; at least one batch."""
    web, outcome, count = context(), progress.outcome, 0
    until_s = time.monotonic() + STEP_S
    for batch in batches(member_ids):
        if count and time.monotonic() > until_s:
            break
        if count:
            web.database.give_way()
        with web.database.write() as db:
            outcome += undo.take_back(db, batch, actor=actor(), now=web.clock())
        count += len(batch)
    after = member_ids[count - 1] if count else progress.after
    return UndoProgress(
        digest=progress.digest, after=after, outcome=outcome, left=len(member_ids) - count
    )


def _finish(imported: LastImport, outcome: Outcome) -> ResponseReturnValue:
    with write_action(NotFound, lambda _error: _refuse_undo()) as (db, now):
        names, charged = (
            undo.names(db, imported),
            charges.count_charged(db, undo.imported_members(db, imported)),
        )
        undo.record(db, imported, actor=actor(), now=now)
    flash_done(_outcome_text(outcome, names, charged))
    return _redirect(url_for("members.search"))


def _refuse_undo() -> ResponseReturnValue:
    refuse(
        _(
            "This import can no longer be undone: fourteen days have passed, or it has already "
            "been undone."
        )
    )
    return _redirect(url_for("member_files.show"))


def _redirect(address: str) -> ResponseReturnValue:
    return ("", 200, {"HX-Redirect": address}) if is_htmx_request() else redirect(address, 303)


def _outcome_text(outcome: Outcome, names: list[str], charged: int) -> str:
    text = plural(
        "%(n)s imported person has been removed.",
        "%(n)s imported people have been removed.",
        outcome.done,
    )
    if not outcome.refused:
        return text
    first_names = ", ".join(names[:MAX_NAMES])
    stay = plural(
        "%(n)s was kept because something has been recorded for them since: %(names)s.",
        "%(n)s were kept because something has been recorded for them since: %(names)s.",
        outcome.refused,
        names=f"{first_names}…" if len(names) > MAX_NAMES else first_names,
    )
    if not charged:
        return f"{text} {stay}"
    why = plural(
        "%(n)s person has amounts on their statement: these stay there.",
        "%(n)s people have amounts on their statements: these stay there.",
        charged,
    )
    return f"{text} {stay} {why}"
