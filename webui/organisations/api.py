"""API of organisations, and of the projects that people work on."""

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import OrganisationFields, ProjectFields
from controller.kernel.actor import Permission
from webui.api.crud import Paged, read_routes, write_routes

_WRITE, _ANYONE = Permission.MEMBERS_WRITE, Permission.RULES_READ


class ProjectQuery(Paged, frozen=True, kw_only=True):
    """The query: the projects of one organisation, or all."""

    organisation_id: str | None = None


ROUTES = [
    *read_routes("/organisations", organisations, _ANYONE, what="organisations"),
    *write_routes(
        "/organisations", organisations, _WRITE, fields=OrganisationFields, what="organisations"
    ),
    *read_routes("/projects", projects, _ANYONE, what="projects", query=ProjectQuery),
    *write_routes("/projects", projects, _WRITE, fields=ProjectFields, what="projects"),
]
