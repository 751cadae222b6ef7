"""Organisations, and the projects that people work on."""

from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import (
    NewOrganisation,
    NewProject,
    Organisation,
    OrganisationFields,
    Project,
    ProjectFields,
)
from controller.kernel.actor import Permission
from webui.api.crud import Paged, reads, writes

_WRITE, _ANYONE = Permission.MEMBERS_WRITE, Permission.RULES_READ


class ProjectQuery(Paged, frozen=True, kw_only=True):
    """Of one organisation, or all."""

    organisation_id: str | None = None


ROUTES = [
    *reads("/organisations", organisations, Organisation, _ANYONE, what="organisations"),
    *writes(
        "/organisations",
        organisations,
        Organisation,
        _WRITE,
        new=NewOrganisation,
        fields=OrganisationFields,
        what="organisations",
    ),
    *reads("/projects", projects, Project, _ANYONE, what="projects", query=ProjectQuery),
    *writes(
        "/projects",
        projects,
        Project,
        _WRITE,
        new=NewProject,
        fields=ProjectFields,
        what="projects",
    ),
]
