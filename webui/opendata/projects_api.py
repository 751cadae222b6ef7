"""API for the data that projects publish themselves, for the site's operators."""

from controller.capabilities.opendata import project_datasets
from controller.capabilities.opendata.publication import WRITE
from controller.capabilities.opendata.shapes import ProjectData
from webui.api.crud import Nothing, Paged, service_route
from webui.api.route import Call, Reply, Route


def _withdraw(call: Call) -> Reply:
    key = call.path["id"]
    row = project_datasets.withdraw(call.db, key, actor=call.actor, now=call.now)
    return Reply(project_datasets.shape(row))


ROUTES = [
    service_route(
        "GET",
        "/project-datasets",
        project_datasets.page,
        WRITE,
        "List the datasets that projects publish",
        query=Paged,
    ),
    service_route(
        "POST",
        "/project-datasets",
        project_datasets.publish,
        WRITE,
        "Publish a project's own data: a CSV, or a link",
        status=201,
    ),
    Route(
        method="POST",
        path="/project-datasets/{id}/withdraw",
        handler=_withdraw,
        body=Nothing,
        answers=ProjectData,
        permission=WRITE,
        summary="Withdraw a project's data",
    ),
]
