"""API of organisations, and of the projects that people work on."""

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import OrganisationFields, ProjectFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, reads, writes

_WRITE, _ANYONE = Permission.MEMBERS_WRITE, Permission.RULES_READ


class ProjectQuery(Paged, frozen=True, kw_only=True):
    """The query: the projects of one organisation, or all."""

    organisation_id: str | None = None


ROUTES = [
    *reads("/organisations", organisations, _ANYONE, what="organisations"),
    *writes(
        "/organisations", organisations, _WRITE, fields=OrganisationFields, what="organisations"
    ),
    *reads("/projects", projects, _ANYONE, what="projects", query=ProjectQuery),
    *writes("/projects", projects, _WRITE, fields=ProjectFields, what="projects"),
]
