"""Pages of organisations: find, add, rename, close; their projects and their people."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.organisations import LONGEST
from controller.capabilities.organisations.shapes import NewOrganisation, Organisation
from controller.kernel.actor import Permission
from controller.kernel.errors import Forbidden, Invalid, Stale
from controller.kernel.paging import Cursor
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from webui.acts import write_action
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, site
from webui.i18n import _, pgettext
from webui.naming import label_texts, name_fields, read_label, typed_names
from webui.navigation import MEMBERS, Nav
from webui.organisations import people, project_view
from webui.organisations.people import Kind, Whole
from webui.organisations.views import Line, ListPage, OrganisationPage
from webui.undo import done_with_undo, flash_done

PAGE = 25
"""Organisations per page of the list."""
pages = Pages("organisations", __name__)
_MAY = Permission.MEMBERS_WRITE


@pages.get(
    "/organisations",
    _MAY,
    nav=Nav(
        entry=MEMBERS,
        icon="landmark",
        text=lambda: _("Organisations"),
        place=10,
        also="organisations organizations companies associations entreprises projects",
    ),
)
def show() -> ResponseReturnValue:
    """The list of organisations, or the results of a search."""
    return _list()


@pages.post("/organisations", _MAY)
def add() -> ResponseReturnValue:
    """Add an organisation."""
    with write_action(Invalid, lambda _error: (_list(_("Enter a name, on one line.")), 422)) as (
        db,
        now,
    ):
        name = parse(typed_names(request.form), Label)
        new = NewOrganisation(site_id=site().id, name=name)
        made = organisations.create(db, new, actor=actor(), now=now)
    if people.may_decide_payer():
        flash_done(_("Organisation added. Now add the people who come for it."))
    else:
        flash_done(_("Organisation added. A manager says who comes for it."))
    return redirect(url_for("organisations.one", organisation=made.id), 303)


@pages.get("/organisations/<organisation>", _MAY)
def one(organisation: str) -> ResponseReturnValue:
    """Show an organisation: its names, its projects, its people."""
    return _one(organisation)


@pages.post("/organisations/<organisation>", Permission.MONEY_WRITE)
def change(organisation: str) -> ResponseReturnValue:
    """Rename the organisation."""
    patch, now = {"name": typed_names(request.form)}, context().clock()
    try:
        with context().database.write() as db:
            before = organisations.get(db, organisation, actor=actor())
            after = organisations.change(
                db, organisation, patch, version=version(), actor=actor(), now=now
            )
    except Forbidden:
        abort(403)
    except Stale:
        wrong = _("This has changed since you opened the page. Reload it.")
        return _one(organisation, wrong=wrong), 422
    except Invalid:
        return _one(organisation, wrong=_("Enter a name, on one line.")), 422
    names = {f"name_{key}": name or "" for key, name in label_texts(before.name).items()}
    text = _("New name: %(name)s.", name=read_label(after.name))
    key = {"organisation": organisation, "version": str(after.version)}
    done_with_undo(text, "organisations.change", **key, **names)
    return _to(organisation)


@pages.post("/organisations/<organisation>/close", _MAY)
def close(organisation: str) -> ResponseReturnValue:
    """Close the organisation: it can't be charged any more; its history stays."""
    _set_active(organisation, False)
    text = _("Organisation closed: nothing new is recorded for it.")
    people.flash_done_with_undo_if_allowed(text, "organisations.reopen", organisation=organisation)
    return _to(organisation)


@pages.post("/organisations/<organisation>/reopen", _MAY)
def reopen(organisation: str) -> ResponseReturnValue:
    """Reopen the organisation: use can be charged to it again."""
    _set_active(organisation, True)
    text = _("Organisation reopened.")
    done_with_undo(text, "organisations.close", organisation=organisation)
    return _to(organisation)


@pages.post("/organisations/<organisation>/people", _MAY)
def add_person(organisation: str) -> ResponseReturnValue:
    """Add a person by id, or search for the name that was typed."""
    member = request.form.get("member", "")
    if not member:
        return _one(organisation, is_sought=True), 422
    return people.add(Whole(Kind.ORGANISATION, organisation), member)


@pages.post("/organisations/<organisation>/people/<member>/remove", _MAY)
def remove_person(organisation: str, member: str) -> ResponseReturnValue:
    """The button *Remove* beside a person, which asks first."""
    return people.remove(Whole(Kind.ORGANISATION, organisation), member)


def _set_active(organisation: str, active: bool) -> None:
    with write_action() as (db, now):
        organisations.change(
            db, organisation, {"active": active}, version=None, actor=actor(), now=now
        )


def _list(wrong: str = "") -> str:
    query = request.args.get("q", "")[:LONGEST].strip()
    after, who = request.args.get("after", "")[:40], actor()
    cursor = Cursor(after=after or None, limit=PAGE)
    with context().database.read() as db:
        found = organisations.page(db, actor=who, search=query, cursor=cursor)
    page = ListPage(
        lines=tuple(_line(organisation) for organisation in found.items),
        query=query,
        after=after,
        next=found.next or "",
        names=name_fields(typed_names(request.form), site().language),
        wrong=wrong,
    )
    return render_template("organisations/organisations.html", page=page)


def _line(organisation: Organisation) -> Line:
    note = "" if organisation.active else pgettext("door or organisation", "closed")
    return Line(
        id=organisation.id,
        name=read_label(organisation.name),
        note=note,
        over=not organisation.active,
    )


def _one(organisation: str, *, wrong: str = "", is_sought: bool = False) -> str:
    whole = Whole(Kind.ORGANISATION, organisation)
    with context().database.read() as db:
        found = organisations.get(db, organisation, actor=actor())
        there = people.people(db, whole, is_sought=is_sought)
        work = project_view.of_organisation(db, organisation)
    named = typed_names(request.form) if wrong else label_texts(found.name)
    page = OrganisationPage(
        id=organisation,
        name=read_label(found.name),
        active=found.active,
        version=found.version,
        names=name_fields(named, site().language),
        projects=work,
        people=there,
        wrong=wrong,
    )
    return render_template("organisations/organisation.html", page=page)


def _to(organisation: str) -> ResponseReturnValue:
    return redirect(url_for("organisations.one", organisation=organisation), 303)
