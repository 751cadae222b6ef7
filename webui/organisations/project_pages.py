"""Pages of projects: find, add, change, end; and their people."""

from collections.abc import Mapping

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewProject, Project
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound, ServiceError
from controller.kernel.validate import parse
from webui import forms, same_name
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.list_filter import read
from webui.members.member_action import refuse
from webui.naming import read_label
from webui.organisations import people
from webui.organisations.people import Kind, Whole
from webui.organisations.project_list import project_lines, project_list
from webui.organisations.project_use import project_use, read_rows, sums
from webui.organisations.project_view import day_of, end_of_day, is_over, start_of_day
from webui.organisations.views import People, ProjectPage
from webui.paging import all_items
from webui.parts import Option
from webui.undo import flash_done
from webui.write_actions import ANY, write_action

pages = Pages("projects", __name__)
_MAY = Permission.MEMBERS_WRITE


@pages.get("/organisations/projects", _MAY)
def show() -> ResponseReturnValue:
    """The list of projects, or the results of a search."""
    with context().database.read() as db:
        page = project_list(db, read(request.args), context().clock())
    return render_template("projects/projects.html", page=page)


@pages.get("/organisations/projects/new", _MAY)
def new() -> ResponseReturnValue:
    """Show the form of a new project; the address may name its organisation."""
    return _render_form("", {"organisation": request.args.get("organisation", "")})


@pages.post("/organisations/projects", _MAY)
def add() -> ResponseReturnValue:
    """Add the project."""
    typed = forms.read(_fields())
    with write_action(ANY, lambda error: (_render_form("", typed, error), 422)) as (db, now):
        fields = parse({"site_id": site().id, **forms.service_values(typed, _fields())}, NewProject)
        new_project = projects.create(db, fields, actor=actor(), now=now)
        _ask_about_same_name(db, new_project, now)
    if people.may_decide_payer():
        flash_done(_("Project added. Now add the people who belong to it."))
    else:
        flash_done(_("Project added. A manager says who belongs to it."))
    return redirect(url_for("projects.edit", project=new_project.id), 303)


@pages.get("/organisations/projects/<project>", _MAY)
def edit(project: str) -> ResponseReturnValue:
    """Show the project's form with its current data."""
    return _render_form(project, forms.stored_values(_get_project(project), _fields()))


@pages.post("/organisations/projects/<project>", _MAY)
def change(project: str) -> ResponseReturnValue:
    """Save the project."""
    stored, typed = _get_project(project), forms.read(_fields())
    before = forms.stored_values(stored, _fields())
    with write_action(ANY, lambda error: (_render_form(project, typed, error), 422)) as (db, now):
        patch = forms.service_values(typed, _fields())
        for day in ("starts", "ends"):
            if typed[day] == before.get(day, ""):
                # unchanged: keep the exact moment, which may not be midnight
                del patch[f"{day}_at"]
        whole = Whole(Kind.PROJECT, project)
        count = people.count_bookings(db, whole)
        after = projects.change(db, project, patch, version=version(), actor=actor(), now=now)
        text = people.with_moved_bookings(db, _("Project saved."), whole, count)
        if after.name != stored.name:
            _ask_about_same_name(db, after, now)
    back = before | {"project": project, "version": str(after.version)}
    back[same_name.FIELD] = read_label(stored.name)
    people.flash_done_with_undo_if_allowed(text, "projects.change", **back)
    return _redirect_after(after)


@pages.post("/organisations/projects/<project>/people", _MAY)
def add_person(project: str) -> ResponseReturnValue:
    """Add a person by id, or search for the name that was typed."""
    member = request.form.get("member", "")
    if member:
        return people.add(Whole(Kind.PROJECT, project), member)
    typed = forms.stored_values(_get_project(project), _fields())
    return _render_form(project, typed, is_sought=True), 422


@pages.post("/organisations/projects/<project>/people/<member>/remove", _MAY)
def remove_person(project: str, member: str) -> ResponseReturnValue:
    """The button *Remove* beside a person, which asks first."""
    return people.remove(Whole(Kind.PROJECT, project), member)


@pages.post("/organisations/projects/<project>/end", _MAY)
def end(project: str) -> ResponseReturnValue:
    """End the project; its history stays."""
    before, now = _get_project(project), context().clock()
    return _set_end(project, now.text(), _("Project ended."), before)


@pages.post("/organisations/projects/<project>/resume", _MAY)
def resume(project: str) -> ResponseReturnValue:
    """Resume the project, until the end that it had before."""
    before = _get_project(project)
    until = request.form.get("until", "")[:40]
    return _set_end(project, until or None, _("The project has resumed."), before)


def _set_end(project: str, at: str | None, text: str, before: Project) -> ResponseReturnValue:
    try:
        with context().database.write() as db:
            patch, now, whole = {"ends_at": at}, context().clock(), Whole(Kind.PROJECT, project)
            count = people.count_bookings(db, whole)
            after = projects.change(db, project, patch, version=None, actor=actor(), now=now)
            text = people.with_moved_bookings(db, text, whole, count)
    except Forbidden:
        refuse(_payer())
        return redirect(url_for("projects.edit", project=project), 303)
    except Invalid:
        refuse(_("This project has not started yet: change its dates instead."))
        return redirect(url_for("projects.edit", project=project), 303)
    until = "" if before.ends_at is None else before.ends_at.text()
    people.flash_done_with_undo_if_allowed(text, "projects.resume", project=project, until=until)
    return _redirect_after(after)


def _ask_about_same_name(db: Session, project: Project, now: Utc) -> None:
    """Ask if another project that has not ended has this name."""
    others = all_items(lambda at: projects.page(db, actor=actor(), cursor=at))
    same_name.ask(
        project,
        (other for other in others if not is_over(other, now)),
        lambda name: _("There is already a project “%(name)s”.", name=name),
    )


def _fields(options: tuple[Option, ...] = (), *, is_new: bool = False) -> forms.Fields:
    return {
        "organisation": forms.Field(
            attribute="organisation_id",
            label=_("For which organisation"),
            wrong=_("This organisation no longer exists: choose another one."),
            options=options,
        ),
        "starts": forms.Field(
            attribute="starts_at",
            label=_("First day"),
            help=_("Leave blank to start today.") if is_new else "",
            wrong=_("Enter a day."),
            type="date",
            read=lambda text: start_of_day(text, "starts_at"),
            show=day_of,
        ),
        "ends": forms.Field(
            attribute="ends_at",
            label=_("Last day"),
            help=_("Leave blank if there is no end date."),
            wrong=_("Enter a day after the first one."),
            type="date",
            read=lambda text: end_of_day(text, "ends_at"),
            show=day_of,
        ),
    }


def _organisations(chosen: str) -> tuple[Option, ...]:
    who = actor()
    with context().database.read() as db:
        every = all_items(lambda at: organisations.page(db, actor=who, cursor=at))
    return (
        Option(value="", text=_("none in particular")),
        *(
            Option(value=organisation.id, text=read_label(organisation.name))
            for organisation in every
            if organisation.active or organisation.id == chosen
        ),
    )


def _payer() -> str:
    return _("A manager can rename a project, extend it, and choose the organisation that pays.")


def _get_project(project: str) -> Project:
    with context().database.read() as db:
        try:
            return projects.get(db, project, actor=actor())
        except (NotFound, Forbidden):
            abort(404)


def _render_form(
    project: str,
    typed: Mapping[str, str],
    error: ServiceError | None = None,
    *,
    is_sought: bool = False,
) -> str:
    fields = _fields(_organisations(typed.get("organisation", "")), is_new=not project)
    wrong = forms.field_errors(error, fields) if error else {}
    if isinstance(error, Forbidden):
        wrong = {"organisation": _payer()}
    form = forms.form(project, fields, typed, wrong)
    page = ProjectPage(form=form, name="")
    if project:
        with context().database.read() as db:
            people_page = people.people(db, Whole(Kind.PROJECT, project), is_sought=is_sought)
            page = _project_page(db, project, form, people_page)
    return render_template("projects/project.html", page=page)


def _project_page(db: Session, key: str, form: forms.FormPage, people_page: People) -> ProjectPage:
    project, now = projects.get(db, key, actor=actor()), context().clock()
    rows = read_rows(db, now)
    use = sums(rows, lambda row: row.project_id)
    (line,) = project_lines(db, [project], use, now)
    machine_time = _("%(time)s of machine time in a year", time=line.use) if line.use else ""
    funders = _("funded by %(names)s", names=line.funders) if line.funders else ""
    return ProjectPage(
        form=form,
        name=line.name,
        facts=tuple(filter(None, (line.people_text, machine_time))),
        notes=tuple(filter(None, (line.when, funders))),
        organisation=line.organisation,
        organisation_id=line.organisation_id,
        use=project_use(db, [row for row in rows if row.project_id == key])
        if is_allowed(Permission.REPORTS_READ)
        else None,
        people=people_page,
        has_ended=line.has_ended,
    )


def _redirect_after(project: Project) -> ResponseReturnValue:
    """Redirect to the project's organisation, or else to the list of projects."""
    if project.organisation_id:
        return redirect(url_for("organisations.one", organisation=project.organisation_id), 303)
    return redirect(url_for("projects.show"), 303)
