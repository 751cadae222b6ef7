"""Pages of organisations: find, add, rename, close; their projects and their people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation, Organisation
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, ServiceError, Stale
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from webui import forms, same_name
from webui.billing.formatting import euros
from webui.context import context
from webui.feature import Pages
from webui.form_fields import version
from webui.guard import actor, is_allowed, site
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import month_name
from webui.list_filter import ListFilter, natural_key, read
from webui.naming import label_texts, name_fields, read_label, typed_names
from webui.navigation import MEMBERS, Nav
from webui.organisations import people, project_view
from webui.organisations.figures import (
    MAX_LINES,
    Figures,
    coming_bookings,
    invoicing_address,
    read_figures,
    read_money,
    read_use,
)
from webui.organisations.people import Kind, Whole
from webui.organisations.views import Money, OrganisationLine, OrganisationPage, OrganisationsPage
from webui.paging import all_items
from webui.statistics.formatting import hours
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

PAGE = 25
"""Organisations per page of the list."""
MAX_PROJECTS = 3
"""Projects that the list names for an organisation."""
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
    return _render_list()


@pages.post("/organisations", _MAY)
def add() -> ResponseReturnValue:
    """Add an organisation."""
    with write_action(Invalid, lambda error: (_render_list(error), 422)) as (db, now):
        name = parse(typed_names(request.form), Label)
        new = NewOrganisation(site_id=site().id, name=name)
        organisation = organisations.create(db, new, actor=actor(), now=now)
        _ask_about_same_name(db, organisation)
    if people.may_decide_payer():
        flash_done(_("Organisation added. Now add the people who come for it."))
    else:
        flash_done(_("Organisation added. A manager says who comes for it."))
    return redirect(url_for("organisations.one", organisation=organisation.id), 303)


@pages.get("/organisations/<organisation>", _MAY)
def one(organisation: str) -> ResponseReturnValue:
    """Show an organisation: its names, its projects, its people."""
    return _render_organisation(organisation)


@pages.post("/organisations/<organisation>", Permission.MONEY_WRITE)
def change(organisation: str) -> ResponseReturnValue:
    """Rename the organisation."""
    patch = {"name": typed_names(request.form)}
    with write_action(
        (Invalid, Stale), lambda error: (_render_organisation(organisation, error), 422)
    ) as (db, now):
        before = organisations.get(db, organisation, actor=actor())
        after = organisations.change(
            db, organisation, patch, version=version(), actor=actor(), now=now
        )
        if after.name != before.name:
            _ask_about_same_name(db, after)
    names = {f"name_{key}": name or "" for key, name in label_texts(before.name).items()}
    text = _("New name: %(name)s.", name=read_label(after.name))
    key = {"organisation": organisation, "version": str(after.version)}
    key[same_name.FIELD] = read_label(before.name)
    done_with_undo(text, "organisations.change", **key, **names)
    return _redirect_to(organisation)


@pages.post("/organisations/<organisation>/close", _MAY)
def close(organisation: str) -> ResponseReturnValue:
    """Close the organisation: it can't be charged any more; its history stays."""
    text = _("Organisation closed: nothing new is recorded for it.")
    text = _set_active(organisation, False, text)
    people.flash_done_with_undo_if_allowed(text, "organisations.reopen", organisation=organisation)
    return _redirect_to(organisation)


@pages.post("/organisations/<organisation>/reopen", _MAY)
def reopen(organisation: str) -> ResponseReturnValue:
    """Reopen the organisation: use can be charged to it again."""
    text = _set_active(organisation, True, _("Organisation reopened."))
    done_with_undo(text, "organisations.close", organisation=organisation)
    return _redirect_to(organisation)


@pages.post("/organisations/<organisation>/people", _MAY)
def add_person(organisation: str) -> ResponseReturnValue:
    """Add a person by id, or search for the name that was typed."""
    member = request.form.get("member", "")
    if not member:
        return _render_organisation(organisation, is_sought=True), 422
    return people.add(Whole(Kind.ORGANISATION, organisation), member)


@pages.post("/organisations/<organisation>/people/<member>/remove", _MAY)
def remove_person(organisation: str, member: str) -> ResponseReturnValue:
    """The button *Remove* beside a person, which asks first."""
    return people.remove(Whole(Kind.ORGANISATION, organisation), member)


def _set_active(organisation: str, active: bool, text: str) -> str:
    """Close or reopen it; return the text, with how many bookings have another payer now."""
    whole, patch = Whole(Kind.ORGANISATION, organisation), {"active": active}
    with write_action() as (db, now):
        before = people.count_bookings(db, whole)
        organisations.change(db, organisation, patch, version=None, actor=actor(), now=now)
        return people.with_moved_bookings(db, text, whole, before)


def _ask_about_same_name(db: Session, organisation: Organisation) -> None:
    """Ask if another organisation that is not closed has this name."""
    others = all_items(lambda at: organisations.page(db, actor=actor(), cursor=at))
    same_name.ask(
        organisation,
        (other for other in others if other.active),
        lambda name: _("There is already an organisation “%(name)s”.", name=name),
    )


def _render_list(error: Invalid | None = None) -> str:
    list_filter, who, now = read(request.args), actor(), context().clock()
    with context().database.read() as db:
        every = all_items(lambda at: organisations.page(db, actor=who, cursor=at))
        figures = read_figures(db, now)
    lines = [_line(organisation, figures) for organisation in every]
    lines.sort(key=lambda line: (natural_key(line.name), line.id))
    matching = [line for line in lines if replace(list_filter, state="").has(line.name, (), ())]
    filtered = [line for line in matching if _is_shown(line, list_filter.state)]
    rest = list_filter.start + PAGE < len(filtered)
    page = OrganisationsPage(
        facts=_facts(lines, figures),
        lines=tuple(list_filter.page(filtered, PAGE)),
        total=_total(filtered, figures) if len(filtered) > 1 else None,
        filters=_filters(matching, list_filter, figures),
        list_filter=list_filter,
        first=_href(list_filter.parameters) if list_filter.start else "",
        next=_href(replace(list_filter, start=list_filter.start + PAGE).address) if rest else "",
        is_empty=not lines,
        is_adding=error is not None or request.args.get("new") == "yes",
        names=name_fields(typed_names(request.form), site().language),
        wrong=forms.field_errors(error, {}) if error else {},
    )
    return render_template("organisations/organisations.html", page=page)


def _href(query: Mapping[str, str]) -> str:
    return url_for("organisations.show", **dict[str, Any](query))


def _line(organisation: Organisation, figures: Figures) -> OrganisationLine:
    return _row(
        read_label(organisation.name), figures, [organisation.id], over=not organisation.active
    )


def _row(
    name: str, figures: Figures, ids: Sequence[str], *, over: bool = False
) -> OrganisationLine:
    """Return the figures of these organisations together."""
    use, one, debts = figures.use, len(ids) == 1, figures.owed or {}
    count = sum(figures.people.get(key, 0) for key in ids)
    working_on = [project for key in ids for project in figures.projects.get(key, ())]
    owed = _euros(sum(debts[key].cents for key in ids if key in debts))
    month = debts[ids[0]].oldest if one and ids[0] in debts else ""
    since = month_name(month) if month else ""
    lacks_siret = one and ids[0] in figures.without_siret
    return OrganisationLine(
        id=ids[0],
        name=name,
        is_closed=over,
        lacks_siret=lacks_siret,
        add_siret=invoicing_address(month, ids[0]) if lacks_siret else "",
        people=count,
        people_text=plural("%(n)s person", "%(n)s people", count) if count else "",
        projects=_project_text(working_on) if one else str(len(working_on) or ""),
        use=None if use is None else _hours(sum(use.get(key, 0) for key in ids)),
        owed_since=since,
        owed=None if figures.owed is None else owed,
        owed_text=_owed_text(owed, since),
    )


def _project_text(names: Sequence[str]) -> str:
    """Return the names of the projects, or the first ones of many."""
    more = len(names) - MAX_PROJECTS
    text = ", ".join(names[:MAX_PROJECTS])
    return f"{text} {plural('and %(n)s more', 'and %(n)s more', more)}" if more > 0 else text


def _owed_text(amount: str, since: str) -> str:
    if amount and since:
        return _("%(amount)s owed since %(month)s", amount=amount, month=since)
    return _("%(amount)s owed", amount=amount) if amount else ""


def _hours(milliseconds: float) -> str:
    return hours(milliseconds) if milliseconds else ""


def _euros(cents: int) -> str:
    return euros(cents) if cents else ""


def _total(shown: Sequence[OrganisationLine], figures: Figures) -> OrganisationLine:
    return _row(_("Total"), figures, [line.id for line in shown])


def _facts(lines: Sequence[OrganisationLine], figures: Figures) -> tuple[str, ...]:
    if not lines:
        return ()
    total = _total(lines, figures)
    return (
        plural("%(n)s organisation", "%(n)s organisations", len(lines)),
        *filter(None, (total.people_text, _owed_text(total.owed or "", ""))),
    )


def _is_shown(line: OrganisationLine, state: str) -> bool:
    return {"owing": bool(line.owed), "closed": line.is_closed}.get(state, True)


def _filters(
    matching: Sequence[OrganisationLine], list_filter: ListFilter, figures: Figures
) -> tuple[tuple[str, str, int, str], ...]:
    texts = {"": pgettext("organisations", "All")}
    if figures.owed is not None:
        texts["owing"] = _("With something to pay")
    texts["closed"] = pgettext("organisations", "Closed")
    return tuple(
        (
            key,
            text,
            sum(_is_shown(line, key) for line in matching),
            _href(replace(list_filter, state=key, start=0).address),
        )
        for key, text in texts.items()
    )


def _render_organisation(
    organisation: str, error: ServiceError | None = None, *, is_sought: bool = False
) -> str:
    whole, now = Whole(Kind.ORGANISATION, organisation), context().clock()
    with context().database.read() as db:
        stored = organisations.get(db, organisation, actor=actor())
        people_page = people.people(db, whole, is_sought=is_sought)
        work = project_view.of_organisation(db, organisation)
        upcoming = coming_bookings(db, organisation, now)
        money = read_money(db, organisation, now)
        use_ms = (
            read_use(db, now).get(organisation, 0) if is_allowed(Permission.REPORTS_READ) else 0
        )
        count = people.count(db, organisation)
    names = typed_names(request.form) if error else label_texts(stored.name)
    left = len(upcoming) - MAX_LINES
    page = OrganisationPage(
        id=organisation,
        name=read_label(stored.name),
        since=_("since %(month)s", month=month_name(stored.created_at.text()[:7])),
        sentence=_summary_text(count, use_ms, money),
        active=stored.active,
        bookings=tuple(upcoming[:MAX_LINES]),
        more_bookings=plural("%(n)s more", "%(n)s more", left) if left > 0 else "",
        money=money,
        version=stored.version,
        names=name_fields(names, site().language),
        projects=work,
        people=people_page,
        wrong=forms.field_errors(error, {}) if error else {},
    )
    return render_template("organisations/organisation.html", page=page)


def _summary_text(count: int, use_ms: float, money: Money | None) -> str:
    parts = [plural("%(n)s person comes for it.", "%(n)s people come for it.", count)]
    if use_ms:
        parts.append(_("It used machines for %(time)s this month.", time=hours(use_ms)))
    if money is not None and money.owed:
        parts.append(_("It owes %(amount)s.", amount=money.owed_text))
    elif money is not None and money.months:
        parts.append(_("It owes nothing."))
    return " ".join(parts)


def _redirect_to(organisation: str) -> ResponseReturnValue:
    return redirect(url_for("organisations.one", organisation=organisation), 303)
