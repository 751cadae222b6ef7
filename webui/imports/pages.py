"""Pages of imports: read data, map its columns, preview it without writing, then import it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.imports import bundle as bundles
from controller.capabilities.imports import mapping as mappings
from controller.capabilities.imports.bundle import (
    NO_EQUIPMENT,
    BundlePreview,
    Equipment,
    ImportContext,
    ImportedMachine,
)
from controller.capabilities.imports.site_names import site_names
from controller.capabilities.imports.tables import read_table
from controller.capabilities.member_files.import_csv import ImportStopped
from controller.capabilities.member_files.problems import Problem
from controller.capabilities.member_files.reading import ImportRefused
from controller.domain.facts import Language
from controller.integrations.fab_manager.client import FabManager, NotRead
from controller.integrations.fab_manager.import_source import read_installation
from controller.integrations.fabomatic import boards
from controller.integrations.fabomatic.import_source import NotFabOMatic, read_database
from controller.kernel.actor import Permission
from controller.kernel.csv_cells import defuse
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.sandbox.problems import NotReadable, ReadProblem
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _, current
from webui.imports import labels
from webui.imports.import_form import AS_IT_IS, DROPPED, ImportForm
from webui.imports.new_people import NewPersonLine, new_person_lines
from webui.member_files.column_labels import column_labels
from webui.member_files.pages import charged_text, flash_imported, imported_text, stopped_text
from webui.member_files.undo_import import ProgressView, progress_view
from webui.parts import Option

MAX_FILE_BYTES = 600_000
"""Largest file in bytes: each form carries it until it is imported."""
SHOWN = 100
"""How many lines the preview shows."""
VALUED = ("plan", "certifications", "status", "language")
"""Columns whose values can be mapped to ours."""

pages = Pages("imports", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the first page shows: errors by form, and the address that was typed."""

    wrong: Mapping[str, str]
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPage:
    """The page that maps columns."""

    form: ImportForm
    labels: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]

    @property
    def headings(self) -> list[Option]:
        """The file's columns, each with a sample from the first row."""
        first = self.form.table.rows[0][1] if self.form.table.rows else ()
        cells = (*first, *("",) * len(self.form.table.headings))
        pairs = zip(self.form.table.headings, cells, strict=False)
        return [
            Option(value=heading, text=f"{heading} · {cell[:30]}" if cell else heading)
            for heading, cell in pairs
        ]

    def chosen(self, column: str) -> tuple[str, ...]:
        """Return the headings that a column is mapped to; the name can have two."""
        headings = self.form.mapping.headings(column)
        return (*headings, "", "")[: 2 if column == "display_name" else 1]

    def values(self, column: str) -> list[Option]:
        """Return the values of a column, and what they are mapped to."""
        mapped = self.form.mapping.values.get(column, {})
        return [
            Option(value=value, text=(mapped[value] or DROPPED) if value in mapped else AS_IT_IS)
            for value in self.form.values_of(column)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """The preview of an import."""

    form: ImportForm
    preview: BundlePreview
    labels: Mapping[str, str]
    progress: ProgressView
    sample: tuple[NewPersonLine, ...] = ()
    wrong: str = ""

    @property
    def language(self) -> Language:
        """Language of the error texts."""
        return current()

    @property
    def charged(self) -> str:
        """What new people are charged; empty: nothing."""
        return charged_text(self.preview.plans)

    @property
    def broken(self) -> int:
        """Number of lines that can't be imported."""
        return len({problem.line for problem in self.preview.problems})


@pages.get("/imports", Permission.CERTIFY)
def show() -> ResponseReturnValue:
    """Show the programs and files from which one can import."""
    return render_template("imports/start.html", page=Start(wrong={}))


@pages.post("/imports/table", Permission.CERTIFY)
def table() -> ResponseReturnValue:
    """Read a spreadsheet and show the mapping of its columns."""
    name, data = _file("table")
    mapping_file = request.files.get("mapping")
    columns = mapping_file.read() if mapping_file else b""
    try:
        sheet = read_table(_check_size(data))
        values = _mappable_values(NO_EQUIPMENT)
        mapping = (
            mappings.load(columns)
            if columns
            else mappings.guess(sheet.headings, values["certifications"])
        )
    except ImportRefused as refused:
        return _render_start("table", _problem_text(refused.problems[0]))
    except NotReadable as unreadable:
        return _render_start("table", unreadable.text_in(current()))
    except Invalid as problem:
        return _render_start("table", str(problem))
    form = ImportForm(name=name, data=data, table=sheet, equipment=NO_EQUIPMENT, mapping=mapping)
    if columns:
        return _render_preview(form)
    return _mapping_page(form.with_guesses(values, ("plan", "certifications")))


@pages.post("/imports/fabomatic", Permission.CERTIFY)
def fabomatic() -> ResponseReturnValue:
    """Preview a FabOMatic database."""
    name, data = _file("fabomatic")
    try:
        content = read_database(data)
        return _render_preview(
            ImportForm.of_program(name, content, _mappable_values(content.equipment))
        )
    except NotFabOMatic as problem:
        return _render_start("fabomatic", labels.fabomatic_error_text(problem.wrong))
    except NotReadable as unreadable:
        return _render_start("fabomatic", unreadable.text_in(current()))
    except ImportRefused as refused:
        return _render_start("fabomatic", _problem_text(refused.problems[0]))


@pages.post("/imports/fab-manager", Permission.CERTIFY)
def fab_manager() -> ResponseReturnValue:
    """Read from a fab-manager and preview the import; its token is not stored."""
    address, token = request.form.get("address", "").strip(), request.form.get("token", "").strip()
    private = context().settings.webhooks.allow_private
    try:
        data = read_installation(FabManager(address[:400], token[:400], private))
        return _render_preview(
            ImportForm.of_program("fab-manager", data, _mappable_values(data.equipment))
        )
    except NotRead as problem:
        return _render_start("fab_manager", labels.fab_manager_error_text(problem.trouble), address)
    except ImportRefused as refused:
        return _render_start("fab_manager", _problem_text(refused.problems[0]), address)


@pages.post("/imports/map", Permission.CERTIFY)
def change() -> ResponseReturnValue:
    """Show the changed mapping again, download it, or preview the import."""
    form = _read_form()
    act = request.form.get("act", "look")
    if act == "save":
        headers = {"Content-Disposition": 'attachment; filename="loquet-mapping.toml"'}
        return Response(form.toml, headers=headers, mimetype="application/toml")
    if act == "try":
        try:
            return _render_preview(form)
        except ImportRefused as refused:
            return _mapping_page(form, _problem_text(refused.problems[0]), 422)
    return _mapping_page(
        form.with_guesses(_mappable_values(form.equipment), ("plan", "certifications"))
    )


@pages.post("/imports/problems", Permission.CERTIFY)
def problems() -> ResponseReturnValue:
    """Return all lines with errors as CSV."""
    preview = _preview(_read_form())
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_("Line"), _("Column"), _("What is wrong")])
    for problem in preview.problems:
        cells = (str(problem.line), problem.column, problem.text_in(current()))
        writer.writerow([defuse(cell) for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="loquet-import.csv"'}
    return Response("\ufeff" + text.getvalue(), headers=headers, mimetype="text/csv")


@pages.post("/imports/do", Permission.CERTIFY)
def bring() -> ResponseReturnValue:
    """Import the data that was previewed."""
    form, web = _read_form(), context()
    try:
        result = bundles.import_bundle(
            form.bundle(web.clock()), _import_context(), add_machines=_link
        )
    except ImportStopped as stopped:
        return _render_preview(form, stopped_text(stopped), 409)
    except ImportRefused:
        return _render_preview(form)
    except Conflict as problem:
        return _render_preview(form, str(problem), 409)
    text = imported_text(result.imported)
    if result.certifications or result.machines:
        things = _(
            "Certifications created: %(c)s. Machines created: %(m)s.",
            c=result.certifications,
            m=result.machines,
        )
        text = f"{text} {things}"
    flash_imported(text, result.imported.members)
    return redirect(url_for("members.search"), 303)


def _link(db: Session, machines: Sequence[ImportedMachine]) -> None:
    """Link the imported boards to their machines, so that they ask here from now on."""
    boards.link_imported(db, site().id, machines, actor=actor(), now=context().clock())


def _read_form() -> ImportForm:
    try:
        return ImportForm.of(request.form)
    except NotReadable as problem:
        abort(503 if problem.why is ReadProblem.BUSY else 400)
    except (Invalid, ImportRefused):
        abort(400)


def _file(field: str) -> tuple[str, bytes]:
    file = request.files.get(field)
    return ((file.filename or "")[:100], file.read()) if file else ("", b"")


def _check_size(data: bytes) -> bytes:
    if not data or len(data) > MAX_FILE_BYTES:
        raise Invalid.of(
            "file",
            _("Choose a file.")
            if not data
            else _("At most 600 kB here. For a larger file, use “loquet member import”."),
        )
    return data


def _render_start(form: str, message: str, address: str = "") -> ResponseReturnValue:
    page = Start(wrong={form: message}, address=address)
    return render_template("imports/start.html", page=page), 422


def _problem_text(problem: Problem) -> str:
    return f"{problem.column}\u00a0: {problem.text_in(current())}"


def _mappable_values(equipment: Equipment) -> Mapping[str, Mapping[str, str]]:
    """Return what values can be mapped to, by column."""
    with context().database.read() as db:
        names = site_names(db, site().id, current())
    brought = {certification.id: certification.name for certification in equipment.certifications}
    status = {"active": _("active"), "suspended": _("suspended"), "left": _("has left the place")}
    return {
        "plan": names.plans,
        "certifications": brought | names.certifications,
        "status": status,
        "language": {"fr": _("French"), "en": _("English")},
    }


def _mapping_page(form: ImportForm, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    page = MapPage(form=form, labels=column_labels(), choices=_mappable_values(form.equipment))
    text = render_template("imports/map.html", page=page, wrong=wrong, valued=VALUED)
    return text, status


def _preview(form: ImportForm) -> BundlePreview:
    try:
        return bundles.preview(form.bundle(context().clock()), _import_context())
    except ImportRefused as refused:
        return BundlePreview(problems=refused.problems)


def _render_preview(form: ImportForm, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    """Show the preview. Raises ImportRefused for a mapping that does not fit."""
    preview = bundles.preview(form.bundle(context().clock()), _import_context())
    page = PreviewPage(
        form=form,
        preview=preview,
        labels=column_labels(),
        progress=progress_view(),
        sample=new_person_lines(preview, _mappable_values(NO_EQUIPMENT)["plan"]),
        wrong=wrong,
    )
    text = render_template(
        "imports/tried.html", page=page, said=labels.left_behind_text, shown=SHOWN
    )
    return text, 422 if preview.problems else status


def _import_context() -> ImportContext:
    web = context()
    return ImportContext(
        database=web.database, vault=web.vault, actor=actor(), now=web.clock(), site_id=site().id
    )
