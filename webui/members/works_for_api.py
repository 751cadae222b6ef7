"""On whose behalf a member works."""

from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.kernel.actor import Permission
from webui.api.crud import does
from webui.api.route import Route

_OWN = Permission.OWN_WRITE


ROUTES = [
    Route(
        method="PUT",
        path="/members/{id}/works-for",
        handler=does(on_behalf.choose, "id"),
        body=OnBehalf,
        answers=OnBehalf,
        permission=_OWN,
        summary="On whose behalf a member works from now on; for oneself, or at the desk",
    )
]
