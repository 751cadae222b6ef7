"""Data entered for the funder report: which partners fund which projects, and volunteers' time."""

import re
from dataclasses import replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.statistics import partners, volunteer_time
from controller.capabilities.statistics.shapes import NewPartner, NewVolunteerTime
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from controller.kernel.validate import parse
from webui import same_name
from webui.form_fields import texts
from webui.forms import PageError
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.naming import whole_number
from webui.statistics.funder_asked import report_address
from webui.statistics.funder_pages import RefusedForm, read_page
from webui.statistics.pages import pages
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

_CLOCK = re.compile(r"(\d{1,5}) ?h ?([0-5]\d)?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,5}([.,]\d{1,6})?", re.ASCII)


@pages.post("/reports/partners", Permission.RULES_WRITE)
def add_partner() -> ResponseReturnValue:
    """Add a partner that funds projects."""
    typed, chosen = texts(("name",)), tuple(request.form.getlist("project_ids"))
    name = typed["name"]
    fields = {"name": {"fr": name}, "project_ids": chosen}

    def answer(error: Invalid) -> ResponseReturnValue:
        words = {
            "name": _("Enter a name, on one line."),
            "project_ids": _("Choose projects of this place."),
        }
        wrong = error.wrong if isinstance(error, PageError) else _errors(error, words)
        return _refuse(RefusedForm("partner", typed, wrong, chosen))

    with write_action(Invalid, answer) as (db, now):
        new = parse({**fields, "site_id": site().id}, NewPartner)
        partner = partners.create(db, new, actor=actor(), now=now)
        same_name.ask(
            partner,
            partners.list_partners(db, site().id, actor=actor()),
            lambda name: _("There is already a partner “%(name)s”.", name=name),
        )
    done_with_undo(
        _("%(name)s added.", name=name),
        "reports.remove_partner",
        funder=partner.id,
        **report_address(),
    )
    return _redirect_back()


@pages.post("/reports/partners/<funder>", Permission.RULES_WRITE)
def fund(funder: str) -> ResponseReturnValue:
    """Replace the list of projects that a partner funds."""
    chosen = request.form.getlist("project_ids")
    with write_action(Invalid, _("Choose projects of this place."), _redirect_back()) as (db, now):
        partners.set_projects(db, funder, chosen, actor=actor(), now=now)
    flash_done(_("Funded projects saved."))
    return _redirect_back()


@pages.post("/reports/partners/<funder>/remove", Permission.RULES_WRITE)
def remove_partner(funder: str) -> ResponseReturnValue:
    """Remove a partner that was added by mistake."""
    with write_action() as (db, now):
        partners.remove(db, funder, actor=actor(), now=now)
    flash_done(_("Partner removed."))
    return _redirect_back()


@pages.post("/reports/volunteers", Permission.MEMBERS_WRITE)
def note_volunteers() -> ResponseReturnValue:
    """Record time that volunteers gave."""
    typed = texts(("day", "people", "hours", "what"))

    def answer(error: Invalid) -> ResponseReturnValue:
        words = {
            "day": _("Enter a day, today at the latest."),
            "people": _("Enter a number of people, from 1 to 1000."),
            "minutes": _("Enter a number of hours, such as 4.5 or 4h30."),
            "what": _("Enter what the hours were for, on one line."),
        }
        wrong = _errors(error, words)
        if "minutes" in wrong:
            wrong["hours"] = wrong.pop("minutes")
        return _refuse(RefusedForm("volunteers", typed, wrong))

    with write_action(Invalid, answer) as (db, now):
        fields = {
            "day": typed["day"],
            "people": whole_number(typed["people"]),
            "minutes": _minutes(typed["hours"]),
            "what": typed["what"],
            "site_id": site().id,
        }
        entry = volunteer_time.record(db, parse(fields, NewVolunteerTime), actor=actor(), now=now)
    text = _("Volunteer hours recorded: %(what)s.", what=entry.what)
    done_with_undo(text, "reports.unnote_volunteers", time=entry.id, **report_address())
    return _redirect_back()


@pages.post("/reports/volunteers/<time>/take-back", Permission.MEMBERS_WRITE)
def unnote_volunteers(time: str) -> ResponseReturnValue:
    """Remove time that was recorded by mistake."""
    with write_action() as (db, now):
        volunteer_time.take_back(db, time, actor=actor(), now=now)
    flash_done(_("Hours removed."))
    return _redirect_back()


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("reports.funder", **report_address()), 303)


def _refuse(refused: RefusedForm) -> ResponseReturnValue:
    """Show the report again, with what was typed and what is wrong, to those who may read it."""
    if not is_allowed(Permission.REPORTS_READ):
        abort(422)
    page = replace(read_page(), refused=refused)
    return render_template("reports/funder.html", page=page), 422


def _errors(error: Invalid, words: dict[str, str]) -> dict[str, str]:
    """Return the error texts of the fields that are wrong."""
    fields = {field_error.field.partition(".")[0] for field_error in error.errors}
    return {field: text for field, text in words.items() if field in fields}


def _minutes(text: str) -> int | str:
    """Return `4,5`, `4.5`, `4h30` or `4 h` in minutes; any other text, the service will refuse."""
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1]) * 60 + int(clock[2] or 0)
    return round(float(text.replace(",", ".")) * 60) if _DECIMAL.fullmatch(text) else text
