"""On whose behalf a member works."""

from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.kernel.actor import Permission
from webui.api.route import Call, Reply, Route

_OWN = Permission.OWN_WRITE


def _works_for(call: Call) -> Reply:
    key = call.path["id"]
    return Reply(on_behalf.choose(call.db, key, call.body, actor=call.actor, now=call.now))


ROUTES = [
    Route(
        method="PUT",
        path="/members/{id}/works-for",
        handler=_works_for,
        body=OnBehalf,
        answers=OnBehalf,
        permission=_OWN,
        summary="On whose behalf a member works from now on; for oneself, or at the desk",
    )
]
