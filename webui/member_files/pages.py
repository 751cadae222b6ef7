"""Import a file of members: tried first, which writes nothing, then all of it or nothing."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.member_files.columns import COLUMNS, REQUIRED
from controller.capabilities.member_files.import_csv import ImportStopped
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.member_files import trial
from webui.room import Pages
from webui.undo import done

LARGEST = 700_000
"""Bytes of a file: it comes back with the page that tried it, a third larger."""

pages = Pages("member_files", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """What was tried; `data`: the file, to be imported as it was tried."""

    columns: tuple[str, ...] = COLUMNS
    required: tuple[str, ...] = REQUIRED
    name: str = ""
    wrong: str = ""
    found: trial.Trial | None = None
    data: str = ""


@pages.get("/members/import", Permission.CERTIFY)
def show() -> ResponseReturnValue:
    """The form, and which columns a file may have."""
    return render_template("member_files/import.html", page=ImportPage())


@pages.post("/members/import", Permission.CERTIFY)
def attempt() -> ResponseReturnValue:
    """Try a file."""
    file = request.files.get("file")
    data, name = (file.read(), (file.filename or "")[:100]) if file else (b"", "")
    wrong = _wrong(data)
    if wrong:
        page = ImportPage(name=name, wrong=wrong)
        return render_template("member_files/import.html", page=page), 422
    return _answer(data, name, write=False)


@pages.post("/members/import/do", Permission.CERTIFY)
def bring() -> ResponseReturnValue:
    """Import what was tried; the place may have changed since, and then nothing is written."""
    try:
        data = b64decode(request.form.get("data", ""), validate=True)
    except (NoBase64, ValueError):
        abort(400)
    if not data:
        abort(400)
    return _answer(data, request.form.get("name", "")[:100], write=True)


def _answer(data: bytes, name: str, *, write: bool) -> ResponseReturnValue:
    try:
        found = trial.imported(data) if write else trial.tried(data)
    except ImportStopped as stopped:
        page = ImportPage(name=name, wrong=str(stopped))
        return render_template("member_files/import.html", page=page), 409
    if write and not found.problems:
        done(_("Personnes importées : %(n)s.", n=found.members))
        return redirect(url_for("members.search"), 303)
    page = ImportPage(name=name, found=found, data=b64encode(data).decode())
    status = 422 if found.problems else 200
    return render_template("member_files/import.html", page=page), status


def _wrong(data: bytes) -> str:
    if not data:
        return _("Choisissez un fichier.")
    if len(data) > LARGEST:
        return _("Au plus 700 ko ici. Un fichier plus grand passe par « loquet member import ».")
    return ""
