"""The funder report on paper: a tagged PDF, with room for what nobody measures."""

from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui.paper import paper
from webui.statistics.funder_files import exported_page
from webui.statistics.pages import pages


@pages.get("/reports/funder/pdf", Permission.REPORTS_READ)
def funder_pdf() -> ResponseReturnValue:
    """The same figures as the page, each with how it was counted."""
    page, name = exported_page()
    return paper("reports/funder_paper.html", f"{name}.pdf", page=page)
