"""API for the organisation or project that a member works for."""

from controller.capabilities.members import on_behalf
from controller.kernel.actor import Permission
from webui.api.crud import service_route

_OWN = Permission.OWN_WRITE


ROUTES = [
    service_route(
        "PUT",
        "/members/{id}/works-for",
        on_behalf.choose,
        _OWN,
        "Set on whose behalf a member works from now on; for oneself, or at the desk",
    )
]
