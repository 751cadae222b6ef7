"""A member's page and its forms: edit, suspend, reinstate, choose the payer, undo adding."""

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.members import members, merged_records, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places import sites
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound, ServiceError, Stale
from webui import refused_input, write_actions
from webui.badges.stop_page import BadgeNotice, read_badge_notice
from webui.context import context
from webui.feature import Pages
from webui.forms import PageError
from webui.guard import actor
from webui.i18n import _
from webui.members import member_form, shared_address
from webui.members.member_action import (
    at_desk,
    away_from_home,
    back,
    known_here,
    origin,
    reason,
    refusal,
    refuse,
    run_action,
)
from webui.members.member_presenter import get_member, read_member
from webui.members.member_view import RefusedBadge
from webui.undo import done_with_undo, flash_done

pages = Pages("member", __name__)
_WRITE = Permission.MEMBERS_WRITE


@pages.get("/members/<member>", Permission.MEMBERS_READ)
def show(member: str) -> ResponseReturnValue:
    """Show the page; for a record that was merged, redirect to the one that was kept."""
    if kept_id := _merged_into(member):
        return redirect(url_for("member.show", member=kept_id))
    return _render(member)


@pages.get("/members/<member>/edit", _WRITE)
def edit(member: str) -> ResponseReturnValue:
    """The form with the member's data."""
    data = get_member(member)
    return away_from_home(data) or _form(member, member_form.form_of(data))


@pages.post("/members/<member>/edit", _WRITE)
def save(member: str) -> ResponseReturnValue:
    """Save the form; if something is invalid, show it again with what was typed."""
    if answer := away_from_home(get_member(member)):
        return answer
    line = member_form.read(request.form)
    web = context()
    try:
        with web.database.write() as db:
            before = known_here(db, member)
            now, version = web.clock(), line.version
            patch = member_form.patch(line)
            after = members.change(db, member, patch, version=version, actor=actor(), now=now)
            is_new_address = (after.email or "").casefold() != (before.email or "").casefold()
            if is_new_address and (asked := shared_address.question(db, after.email, after.id)):
                raise PageError(asked)
    except NotFound:
        abort(404)
    except ServiceError as error:
        wrong = member_form.field_errors(error, line)
        if isinstance(error, Stale):
            refuse(_("This record has changed in the meantime. What you typed is kept: check it."))
            line, wrong = member_form.merge(line, member_form.form_of(get_member(member)))
        elif not wrong:
            refuse(refusal(error))
        return _form(member, line, wrong), 422
    old = member_form.undo_json(before, after)
    saved = " ".join(filter(None, (_("Record changed."), member_form.email_remark(after, before))))
    if old is None:
        flash_done(_("Nothing has changed."))
    elif set(before.also_at) - set(after.also_at):  # an undo doesn't restore the bookings there
        flash_done(saved)
    else:
        values = {"patch": old, "version": str(after.version)}
        done_with_undo(saved, "member.undo_change", member=member, **values)
    return back(member)


@pages.post("/members/<member>/put-back", _WRITE)
def undo_change(member: str) -> ResponseReturnValue:
    """Undo a change to the member's record."""
    try:
        patch, version = member_form.undo_patch(request.form)
    except (ValueError, RecursionError):
        abort(400)
    return run_action(
        member,
        lambda db, now: members.change(db, member, patch, version=version, actor=actor(), now=now),
        lambda _member: flash_done(_("The record is as before.")),
    )


@pages.post("/members/<member>/suspend", _WRITE)
def suspend(member: str) -> ResponseReturnValue:
    """Suspend the member; the reason is visible to managers and the member."""
    why = reason()
    if why is None:
        return _render(member, no_reason=True), 422
    return run_action(
        member,
        lambda db, now: members.suspend(db, member, why, actor=actor(), now=now),
        lambda _member: done_with_undo(
            _("Access suspended. Badges no longer work."),
            "member.reinstate",
            member=member,
            **origin(),
        ),
    )


@pages.post("/members/<member>/reinstate", _WRITE)
def reinstate(member: str) -> ResponseReturnValue:
    """End the member's suspension."""
    return run_action(
        member,
        lambda db, now: members.reinstate(db, member, actor=actor(), now=now),
        lambda _member: flash_done(_("Access restored from the next tap.")),
    )


@pages.post("/members/<member>/works-for", _WRITE)
def work_for(member: str) -> ResponseReturnValue:
    """Set whom the member works for: an organisation, a project, or themselves."""
    kind, _mark, key = request.form.get("behalf", "").partition(":")
    if kind not in ("", "organisation", "project"):
        abort(400)
    new = OnBehalf(**{f"{kind}_id": key}) if kind else OnBehalf()

    def change(db: Session, now: Utc) -> OnBehalf:
        before = known_here(db, member).works_for
        on_behalf.choose(db, member, new, actor=actor(), now=now)
        return before

    def confirm(before: OnBehalf) -> None:
        old = f"organisation:{before.organisation_id}" if before.organisation_id else ""
        old = f"project:{before.project_id}" if before.project_id else old
        text = _("Saved. From now on, their use counts on that account.")
        done_with_undo(text, "member.work_for", member=member, behalf=old)

    return run_action(member, change, confirm)


@pages.post("/members/<member>/take-back", _WRITE)
def take_back(member: str) -> ResponseReturnValue:
    """Undo adding the member."""
    too_late = _("Too late: other data already depends on this person.")
    with write_actions.write_action(
        ServiceError, lambda error: refusal(error, too_late), back(member)
    ) as (db, now):
        known_here(db, member)
        members.take_back(db, member, actor=actor(), now=now)
    flash_done(_("Person removed, with everything given to them."))
    return redirect(url_for("desk.show" if at_desk() else "members.search"), 303)


def refused_badge(
    member: str, value: str, why: str, *, instead_of: str = ""
) -> ResponseReturnValue:
    """Show the page again with the refused badge number and the reason beside its field.

    Without that field on the page, because the badge to replace can no longer be reported lost, the
    reason stands at the top.
    """
    if instead_of and not _can_be_reported_lost(member, instead_of):
        flash(why, "wrong")
    return _render(member, RefusedBadge(value, why, instead_of)), 422


def _can_be_reported_lost(member: str, badge: str) -> bool:
    return any(it.id == badge and it.can_be_reported_lost for it in read_member(member).badges)


def _form(member: str, line: member_form.MemberForm, wrong: dict[str, str] | None = None) -> str:
    with context().database.read() as db:
        page = member_form.form(known_here(db, member), line, wrong or {}, sites.names(db))
    return render_template("members/edit.html", page=page)


def _merged_into(member: str) -> str | None:
    """Return the id of the record into which this one was merged, or None."""
    with context().database.read() as db:
        return merged_records.surviving_record(db, member)


def _render(member: str, wrong: RefusedBadge | None = None, *, no_reason: bool = False) -> str:
    page = read_member(member, chosen=request.args.get("give", ""), wrong=wrong)
    page = replace(page, typed=refused_input.take(), stopped=_badge_notice(member))
    return render_template("members/member.html", page=page, no_reason=no_reason)


def _badge_notice(member: str) -> BadgeNotice | None:
    """Return the badge by which the page was found, if it is lent or opens nothing; else None."""
    web = context()
    with web.database.read() as db:
        return read_badge_notice(db, member, request.args.get("shown", ""), web.clock())
