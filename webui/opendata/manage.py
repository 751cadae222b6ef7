"""The manager's page of open data: previews, publishing, the publisher, and projects' own data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.opendata import project_datasets, public_datasets, publication
from controller.capabilities.opendata.catalogue import LICENCE_NAMES
from controller.capabilities.opendata.models import DataLicence
from controller.capabilities.opendata.public_datasets import DatasetSummary
from controller.capabilities.opendata.publication import Preview
from controller.capabilities.opendata.shapes import SERVICES, About, NewProjectDataset, Publishing
from controller.capabilities.opendata.tables import cell_text
from controller.capabilities.organisations import projects
from controller.kernel.actor import Permission
from controller.kernel.errors import FieldError, Invalid, Stale
from controller.kernel.validate import parse
from webui import form_merge
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import format_day, month_name
from webui.naming import read_label, read_text
from webui.navigation import SETTINGS, Nav
from webui.paging import all_items
from webui.parts import CardState, Option
from webui.request_transaction import request_transaction
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

MAY = Permission.RULES_WRITE
"""The permission for this page."""
SAMPLE = 2
"""How many rows of each dataset the preview shows."""

pages = Pages("opendata", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """A dataset as it would be published, with a sample of its rows."""

    name: str
    description: str
    facts: str
    missing: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """A project's own dataset."""

    id: str
    name: str
    project: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagePage:
    """The page, with the submitted values and the errors by field."""

    published: bool
    """Whether the site publishes open data."""
    state: tuple[str, ...]
    """The last month that is published, and how much is withheld in all; empty: nothing is."""
    public: str
    sets: tuple[PreviewLine, ...]
    about: dict[str, Any]
    """Values of the form for the publisher, with its hidden fields."""
    services: tuple[str, ...]
    wrong: dict[str, str]
    projects: tuple[Option, ...]
    licences: tuple[Option, ...]
    own: tuple[OwnLine, ...]
    typed: dict[str, str]
    """The submitted values of the form for a project's dataset."""


def card_state() -> CardState:
    """Return the card's text: whether open data is published, and since when."""
    with request_transaction() as db:
        since = publication.read(db, site().id, actor=actor()).published_at
    if since is None:
        return CardState(_("Not published"))
    day = format_day(since.astimezone(site_zone()).date(), "d MMMM y")
    return CardState(_("Published since %(day)s", day=day))


@pages.get(
    "/open-data",
    MAY,
    nav=Nav(
        entry=SETTINGS,
        icon="file-spreadsheet",
        text=lambda: _("Open data"),
        also="open data opendata datasets jeux publish publier",
        place=80,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """The page to manage open data."""
    return _render_page()


@pages.post("/open-data/publish", MAY)
def publish() -> ResponseReturnValue:
    """Publish the site's open data."""
    web = context()
    days = web.settings.retention.access_days
    who, now = actor(), web.clock()
    with web.database.read() as db:
        tables = publication.prepare_tables(db, site().id, now, days)
    with web.database.write() as db:
        publication.publish(db, site().id, actor=who, now=now, access_days=days, tables=tables)
    done_with_undo(_("Published: anybody can read it."), "opendata.withdraw")
    return redirect(url_for("opendata.show"), 303)


@pages.post("/open-data/withdraw", MAY)
def withdraw() -> ResponseReturnValue:
    """Stop publishing."""
    with write_action() as (db, now):
        publication.withdraw(db, site().id, actor=actor(), now=now)
    flash_done(_("Withdrawn. People who have already copied it keep their copy."))
    return redirect(url_for("opendata.show"), 303)


@pages.post("/open-data/about", MAY)
def describe() -> ResponseReturnValue:
    """Save the details of the publisher, which catalogues show."""
    form, web = request.form, context()
    about: dict[str, Any] = {
        key: form.get(key, "").strip() for key in About.__struct_fields__ if key != "services"
    }
    about["services"] = tuple(form.getlist("services"))
    try:
        with web.database.write() as db:
            publication.describe(
                db, site().id, about, version=version(), actor=actor(), now=web.clock()
            )
    except Invalid as error:
        typed = about | form_merge.hidden_fields()
        return _render_page(about=typed, wrong=_error_texts(error.errors)), 422
    except Stale:
        with web.database.read() as db:
            stored = _stored_about(publication.read(db, site().id, actor=actor()))
        about, notes = form_merge.merge(about | form_merge.hidden_fields(), stored, {})
        wrong = {"version": _("Somebody has changed it in the meantime: check it, then save.")}
        return _render_page(about=about, wrong=wrong | notes), 409
    flash_done(_("Saved."))
    return redirect(url_for("opendata.show", _anchor="about"), 303)


@pages.post("/open-data/projects", MAY)
def add() -> ResponseReturnValue:
    """Add a project's own file or link."""
    web, form = context(), request.form
    typed = {key: form.get(key, "").strip() for key in _TYPED}
    try:
        data: dict[str, Any] = {
            "project_id": typed["project_id"],
            "name": {site().language.value: typed["name"]},
            "description": typed["description"],
            "licence": typed["licence"],
            "contact": typed["contact"],
            "link": typed["link"] or None,
            "file": _file() or None,
        }
        with web.database.write() as db:
            new = parse(data, NewProjectDataset)
            project_datasets.create(db, site().id, new, actor=actor(), now=web.clock())
    except Invalid as error:
        return _render_page(typed=typed, wrong=_error_texts(error.errors)), 422
    flash_done(_("Added: it appears with the others."))
    return redirect(url_for("opendata.show", _anchor="projects"), 303)


@pages.post("/open-data/projects/<key>/withdraw", MAY)
def take_away(key: str) -> ResponseReturnValue:
    """Remove a project's dataset from what is published."""
    with write_action() as (db, now):
        project_datasets.withdraw(db, key, actor=actor(), now=now)
    flash_done(_("Removed."))
    return redirect(url_for("opendata.show", _anchor="projects"), 303)


_TYPED = ("project_id", "name", "description", "licence", "contact", "link")


def _file() -> str:
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid.of("file", "save it as UTF-8") from problem


def _error_texts(errors: tuple[FieldError, ...] | list[FieldError]) -> dict[str, str]:
    words = {
        "siret": _("Fourteen digits."),
        "postcode": _("Five digits."),
        "insee": _("Five characters, such as 62119."),
        "email": _("An address such as data@place.org."),
        "name": _("Enter a name for it."),
        "description": _("Describe its contents in one sentence."),
        "contact": _("Enter who to write to."),
        "link": _("A file, or an address that begins with https://, not both."),
        "project_id": _("Choose a project of this place."),
        "file": _("A CSV table in UTF-8: a row of headers, then as many cells in each row."),
    }
    fields = (error.field.split(".")[0] for error in errors)
    return {field: words.get(field, _("This value is not valid.")) for field in fields}


def _stored_about(switch: Publishing) -> dict[str, Any]:
    values = {key: getattr(switch.about, key) for key in About.__struct_fields__}
    return form_merge.fill(values, switch.version)


def _render_page(
    about: dict[str, Any] | None = None,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
) -> str:
    web, who, place = context(), actor(), site()
    with web.database.read() as db:
        switch = publication.read(db, place.id, actor=who)
        days = web.settings.retention.access_days
        previews = publication.preview(db, place.id, actor=who, now=web.clock(), access_days=days)
        all_projects = all_items(lambda cursor: projects.page(db, actor=who, cursor=cursor))
        own = tuple(
            OwnLine(
                id=row.id,
                name=row.name.get("fr") or row.name.get("en") or "",
                project=publication.project_name(db, row.project_id),
                facts=f"{LICENCE_NAMES[DataLicence(row.licence)]}, {row.contact}",
            )
            for row in project_datasets.of_site(db, place.id)
        )
        state = _state_texts(public_datasets.published_datasets(db, place.id, web.clock()))
    other_site = None if place.id == web.settings.site.id else place.id
    page = ManagePage(
        published=switch.published_at is not None,
        state=state,
        public=url_for("data.show", site=other_site),
        sets=tuple(map(_line, previews)),
        about=about or _stored_about(switch),
        services=SERVICES,
        wrong=wrong or {},
        projects=tuple(
            Option(value=project.id, text=read_label(project.name)) for project in all_projects
        ),
        licences=tuple(Option(value=key.value, text=text) for key, text in LICENCE_NAMES.items()),
        own=own,
        typed=typed or {},
    )
    return render_template("opendata/manage.html", page=page)


def _state_texts(published: Sequence[DatasetSummary]) -> tuple[str, ...]:
    monthly = [summary for summary in published if summary.dataset.monthly]
    last = max((month for summary in monthly for month in summary.months), default="")
    if not last:
        return ()
    withheld = sum(summary.withheld for summary in monthly)
    return (
        _("last month: %(month)s", month=month_name(last)),
        plural("%(n)s cell withheld in all", "%(n)s cells withheld in all", withheld),
    )


def _line(preview: Preview) -> PreviewLine:
    rows = preview.table.rows
    facts = plural("%(n)s row", "%(n)s rows", len(rows))
    if preview.dataset.monthly:
        facts = plural("%(n)s row last month", "%(n)s rows last month", len(rows))
    if preview.table.withheld:
        facts += ", " + plural(
            "%(n)s cell withheld", "%(n)s cells withheld", preview.table.withheld
        )
    return PreviewLine(
        name=read_text(preview.name),
        description=read_text(preview.description),
        facts=facts,
        missing=""
        if preview.is_ready
        else _("Published once SIRET, address and municipality are filled in."),
        header=tuple(preview.dataset.header),
        rows=tuple(tuple(map(cell_text, row)) for row in rows[:SAMPLE]),
    )
