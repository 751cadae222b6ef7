"""A document as tagged PDF: a template below `paper/sheet.html`, made in a process of its own."""

import logging
from functools import cache

from flask import Response, abort, render_template

from controller.kernel.pdf.printer import NotPrinted, Printer
from webui.guard import current_site
from webui.i18n import current
from webui.naming import read_label
from webui.statics import STATIC

PDF = "application/pdf"
_log = logging.getLogger(__name__)


def paper(template: str, name: str, *, place: str | None = None, **given: object) -> Response:
    """The template as a file of that name, in the language of the request; 503 if it can't be.

    `place`: who hands it out; without, the site of the address.
    """
    html = render_template(template, language=current().value, place=place or _here(), **given)
    try:
        made = _printer().pdf(html)
    except NotPrinted as problem:
        _log.error("%s was not printed: %s", name, problem)
        abort(503)
    answer = Response(made, mimetype=PDF)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _here() -> str:
    at = current_site()
    return read_label(at.name) if at else ""


@cache
def _printer() -> Printer:
    return Printer(STATIC)
