"""API of members."""

from typing import Annotated

import msgspec

from controller.capabilities.members import members
from controller.capabilities.members.shapes import MemberChange
from controller.kernel.actor import Permission
from webui.api.crud import Paged, read_routes, write_routes

_READ, _WRITE = Permission.MEMBERS_READ, Permission.MEMBERS_WRITE


class MemberQuery(Paged, frozen=True, kw_only=True):
    """The query: members of an organisation, of a project, with some name, or all."""

    organisation_id: str | None = None
    project_id: str | None = None
    search: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    """The first letters of words in the name or e-mail address.

    Accents are ignored, best matches first.
    """


ROUTES = [
    *read_routes("/members", members, _READ, what="members", query=MemberQuery),
    *write_routes("/members", members, _WRITE, fields=MemberChange, what="members"),
]
