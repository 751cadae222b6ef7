"""Import a file of members: first a dry run, then the whole file or nothing."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import tariffs
from controller.capabilities.member_files import undo
from controller.capabilities.member_files.already_here import LineRemark, PossibleDuplicate
from controller.capabilities.member_files.columns import REQUIRED
from controller.capabilities.member_files.import_csv import (
    ImportOutcome,
    ImportStopped,
    StopCause,
    import_members,
    try_members,
)
from controller.capabilities.member_files.problems import Problem, ProblemReason
from controller.capabilities.member_files.reading import ImportRefused
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.billing.formatting import euros
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site, site_zone
from webui.i18n import _, current, plural
from webui.i18n.dates import format_relative
from webui.member_files.column_labels import column_examples, column_labels
from webui.member_files.undo_import import ProgressView, progress_view
from webui.undo import done_with_undo, flash_done

# A file of members tried without writing anything, and then imported.


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of an import or of its dry run, or the problems of each line that can't be
    imported."""

    outcome: ImportOutcome
    problems: Sequence[Problem] = ()

    @property
    def members(self) -> int:
        """How many members the import would add."""
        return self.outcome.members

    @property
    def has_other_headings(self) -> bool:
        """Whether the first line doesn't name the columns as a members' file does."""
        reasons = {problem.reason for problem in self.problems}
        return not reasons.isdisjoint((ProblemReason.COLUMN_UNKNOWN, ProblemReason.COLUMN_MISSING))

    @property
    def possible_duplicates(self) -> Sequence[PossibleDuplicate]:
        """Lines that may describe people who are members already."""
        return self.outcome.possible_duplicates

    @property
    def remarks(self) -> Sequence[LineRemark]:
        """Valid lines to check."""
        return self.outcome.remarks

    @property
    def charged(self) -> str:
        """What new people are charged; empty: nothing."""
        return charged_text(self.outcome.plans)

    @property
    def broken(self) -> int:
        """How many lines can't be imported."""
        return len({problem.line for problem in self.problems})

    @property
    def new_people(self) -> int:
        """How many lines seem to be of people who are not members yet."""
        return self.members - len({match.line for match in self.possible_duplicates})


def try_import(data: bytes) -> Trial:
    """Run the import without writing. Raises Forbidden."""
    return _try_or_import(try_members, data)


def run_import(data: bytes, *, new_only: bool) -> Trial:
    """Import the file, all or nothing; `new_only` leaves out possible duplicates.

    Raises Forbidden, ImportStopped.
    """
    return _try_or_import(partial(import_members, new_only=new_only), data)


def _try_or_import(importer: Callable[..., ImportOutcome], data: bytes) -> Trial:
    web = context()
    try:
        outcome = importer(
            web.database,
            data,
            vault=web.vault,
            actor=actor(),
            now=web.clock(),
            site_id=site().id,
            headings={label.casefold(): name for name, label in column_labels().items()},
        )
    except ImportRefused as refused:
        return Trial(ImportOutcome(0, "", remarks=refused.remarks), refused.problems)
    return Trial(outcome)


MAX_FILE_BYTES = 700_000
"""Largest file in bytes; the page that tried it carries it back as base64, a third larger."""

pages = Pages("member_files", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastImport:
    """The last import, while it can still be undone."""

    when: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """The import's form, with the result of a trial; `data` is the tried file as base64."""

    columns: Mapping[str, str] = field(default_factory=column_labels)
    """Their names, by the heading in the file."""
    examples: Mapping[str, str] = field(default_factory=column_examples)
    required: tuple[str, ...] = REQUIRED
    name: str = ""
    wrong: str = ""
    """The error that concerns the whole file; empty: none."""
    trial: Trial | None = None
    """The result of the trial; None: nothing was tried."""
    data: str = ""
    last: LastImport | None = None
    progress: ProgressView = field(default_factory=lambda: progress_view())
    """The progress of an import that is running."""

    @property
    def language(self) -> Language:
        """The language of the problem texts."""
        return current()


@pages.get("/members/import", Permission.CERTIFY)
def show() -> ResponseReturnValue:
    """Show the form and the columns that a file may have."""
    return render_template("member_files/import.html", page=ImportPage(last=_last_import()))


@pages.get("/members/import/model.csv", Permission.CERTIFY)
def model() -> Response:
    """Return an empty file with the columns, as French and English spreadsheet programs open it."""
    text = "\ufeff" + ";".join(column_labels()) + "\r\n"
    headers = {"Content-Disposition": 'attachment; filename="loquet-members.csv"'}
    return Response(text, headers=headers, mimetype="text/csv")


@pages.get("/members/import/progress", Permission.CERTIFY)
def progress() -> ResponseReturnValue:
    """Show how far the import has come.

    htmx loads this part again and again; without htmx it is the whole page.
    """
    if not is_htmx_request():
        return show()
    return render_template(
        "member_files/bringing.html", it=progress_view(request.args.get("of", ""))
    )


@pages.post("/members/import", Permission.CERTIFY)
def attempt() -> ResponseReturnValue:
    """Try a file, without importing it."""
    file = request.files.get("file")
    data, name = (file.read(), (file.filename or "")[:100]) if file else (b"", "")
    wrong = _file_error(data)
    if wrong:
        page = ImportPage(name=name, wrong=wrong)
        return render_template("member_files/import.html", page=page), 422
    return _render_result(data, name, write=False)


@pages.post("/members/import/do", Permission.CERTIFY)
def bring() -> ResponseReturnValue:
    """Import the file that was tried. If it fails because data has changed since, nothing is
    written."""
    try:
        data = b64decode(request.form.get("data", ""), validate=True)
    except (NoBase64, ValueError):
        abort(400)
    if not data:
        abort(400)
    return _render_result(data, request.form.get("name", "")[:100], write=True)


def _last_import() -> LastImport | None:
    web, place = context(), site()
    now = web.clock()
    with web.database.read() as db:
        imported = undo.last(db, place.id, actor=actor(), now=now)
    if imported is None:
        return None
    when = format_relative(imported.at, now, site_zone())
    return LastImport(when=when, count=imported.count, digest=imported.digest)


def _render_result(data: bytes, name: str, *, write: bool) -> ResponseReturnValue:
    try:
        new_only = "new_only" in request.form
        trial = run_import(data, new_only=new_only) if write else try_import(data)
    except ImportStopped as stopped:
        page = ImportPage(name=name, wrong=stopped_text(stopped))
        return render_template("member_files/import.html", page=page), 409
    if write and not trial.problems:
        flash_imported(imported_text(trial.outcome), trial.members)
        return redirect(url_for("members.search"), 303)
    page = ImportPage(name=name, trial=trial, data=b64encode(data).decode())
    status = 422 if trial.problems else 200
    return render_template("member_files/import.html", page=page), status


def flash_imported(text: str, members: int) -> None:
    """Show the message that the import is done, with an undo button while it can be undone."""
    last = _last_import() if members else None
    if last is None:
        flash_done(text)
    else:
        done_with_undo(text, "undo_import.take_back", digest=last.digest)


def imported_text(outcome: ImportOutcome) -> str:
    """Return how many people, badges, subscriptions and certifications were imported, and what is
    charged for it."""
    text = _(
        "People imported: %(n)s. Badges: %(b)s. Subscriptions: %(s)s. Certifications given: %(c)s.",
        n=outcome.members,
        b=outcome.badges,
        s=outcome.subscriptions,
        c=outcome.certifications,
    )
    return f"{text} {charged_text(outcome.plans)}".rstrip()


def charged_text(plans: Sequence[tuple[str, Utc]]) -> str:
    """Return how many of these subscriptions the tariff charges, and their sum; empty: none.

    `plans`: plan ids and starts.
    """
    with context().database.read() as db:
        prices = tariffs.prices_of_plans(db, site().id, plans)
    if not prices:
        return ""
    return plural(
        "%(n)s subscription will be charged by the tariff: %(sum)s.",
        "%(n)s subscriptions will be charged by the tariff: %(sum)s in total.",
        len(prices),
        sum=euros(sum(prices)),
    )


def stopped_text(stopped: ImportStopped) -> str:
    """Return how far the import came, why it stopped, and what to do."""
    why = {
        StopCause.CHANGED: _("something named on these lines no longer exists."),
        StopCause.TAKEN: _("a badge now belongs to somebody else."),
        StopCause.UNAVAILABLE: _("nothing can be saved at the moment."),
    }[stopped.cause]
    mend = _("Remove the imported lines from the file, correct it, then import the rest.")
    if stopped.cause is StopCause.UNAVAILABLE:
        mend = _("Import the same file later: it continues from there.")
    text = _(
        "%(done)s of %(total)s lines imported, then it stopped:",
        done=stopped.done,
        total=stopped.total,
    )
    return f"{text} {why} {mend}"


def _file_error(data: bytes) -> str:
    if not data:
        return _("Choose a file.")
    if len(data) > MAX_FILE_BYTES:
        return _("At most 700 kB here. For a larger file, use “loquet member import”.")
    return ""
