"""Export of all data about a member as a file, and erasure of the member."""

from dataclasses import dataclass, replace

import msgspec
from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import own
from controller.capabilities.members.shapes import Member
from controller.capabilities.privacy import person_export
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.privacy.erasure.erase import Erasure, ErasureBlocked, Preview
from controller.capabilities.privacy.erasure.texts import Place
from controller.domain.locale.catalogue import N_
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.members import tables
from webui.members.member_action import known_here
from webui.members.moves import owed_text
from webui.naming import is_same_name, read_text
from webui.undo import flash_done

_DATA = Permission.PERSONAL_DATA
pages = Pages("privacy", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePage:
    """The page to erase a member: what is deleted and what stays, the typed values, and errors."""

    member: Member
    preview: Preview
    owes: bool
    owed: str
    """The sum, for readers who may handle money."""
    projects_owe: bool
    """Whether projects of which they are the last member owe money."""
    name: str = ""
    reason: str = ""
    chosen: tuple[str, ...] = ()
    """Ids of the doubtful texts that are to be erased too."""
    wrong_name: str = ""
    wrong_reason: str = ""
    wrong: str = ""

    @property
    def removes(self) -> tuple[tuple[str, int], ...]:
        """Label and number of the rows that are deleted, by table."""
        return tables.label_counts(self.preview.removes)

    @property
    def doubtful(self) -> tuple[tuple[Place, str], ...]:
        """Texts that may contain this person's name, each with where it is found."""
        words = tables.text_location_labels()
        others = _("elsewhere")
        return tuple((it, words.get(it.what, others)) for it in self.preview.doubtful)

    @property
    def stays(self) -> tuple[str, ...]:
        """What is kept, and why."""
        return tuple(read_text(stay.text) for stay in self.preview.stays)

    @property
    def hindered(self) -> str:
        """What must be settled before the erasure; empty: nothing."""
        text = self.preview.hindered
        return "" if text is None else read_text(text)


@pages.post(
    "/members/<member>/data", _DATA, grave=N_("Download all data about somebody"), sends_file=True
)
def export(member: str) -> ResponseReturnValue:
    """Return all data about the member as a file; the audit log records that."""
    web = context()
    with web.database.read() as db:
        known_here(db, member)
        now = web.clock()
        data = person_export.export(db, member, vault=web.vault, actor=actor(), now=now)
    with web.database.write() as db:
        person_export.record(db, member, actor=actor(), now=now)
    body = msgspec.json.format(msgspec.json.encode(to_json(data)), indent=2)
    headers = {"Content-Disposition": f'attachment; filename="person-{member}.json"'}
    return Response(body, mimetype="application/json", headers=headers)


@pages.get("/members/<member>/erase", _DATA)
def ask(member: str) -> ResponseReturnValue:
    """Show a preview of an erasure."""
    return render_template("privacy/erase.html", page=_read_page(member))


def _check_name(member: str) -> ResponseReturnValue | None:
    """Show the form again if the typed name is not the member's."""
    if is_same_name(request.form.get("name", ""), _read_page(member).member.display_name):
        return None
    return _show_again(
        member, wrong_name=_("Type this name exactly as shown: this can’t be undone.")
    )


@pages.post("/members/<member>/erase", _DATA, grave=N_("Erase somebody"), check=_check_name)
def do(member: str) -> ResponseReturnValue:
    """Erase the member; the name must be typed, because this can't be undone."""
    if (form_again := _check_name(member)) is not None:
        return form_again
    web, form = context(), request.form
    try:
        with web.database.write() as db:
            fields = {"reason": form.get("reason", "").strip(), "also": form.getlist("also")}
            new = parse(fields, Erasure)
            erase.erase(db, member, new, actor=actor(), now=web.clock())
    except Invalid:
        wrong = _("Give a reason, without naming the person: it is kept.")
        return _show_again(member, wrong_reason=wrong)
    except ErasureBlocked as error:
        return _show_again(member, wrong=read_text(error.text))
    except Conflict:
        wrong = _("This is the last admin of the place: name another one first.")
        return _show_again(member, wrong=wrong)
    web.database.drop_old_pages()
    flash_done(_("Erased: nothing identifies this person any more."))
    return redirect(url_for("members.search"), 303)


def _show_again(
    member: str, *, wrong_name: str = "", wrong_reason: str = "", wrong: str = ""
) -> ResponseReturnValue:
    page = replace(
        _read_page(member),
        name=request.form.get("name", "").strip(),
        reason=request.form.get("reason", "").strip(),
        chosen=tuple(request.form.getlist("also")),
        wrong_name=wrong_name,
        wrong_reason=wrong_reason,
        wrong=wrong,
    )
    return render_template("privacy/erase.html", page=page), 422


def _read_page(member: str) -> ErasePage:
    web = context()
    with web.database.read() as db:
        person, now = known_here(db, member), web.clock()
        preview = erase.preview(db, member, actor=actor(), now=now)
        owes, owed = own.amount_owed(db, member, now) > 0, owed_text(db, member, now)
        projects_owe = bool(own.projects_owed(db, member, now))
    return ErasePage(
        member=person, preview=preview, owes=owes, owed=owed, projects_owe=projects_owe
    )
