"""Data that projects publish of their own, for programs of who runs the site."""

from controller.capabilities.opendata import project_datasets
from controller.capabilities.opendata.publishing import WRITE
from controller.capabilities.opendata.shapes import NewProjectDataset, ProjectData
from controller.kernel.paging import Page
from webui.api.crud import Nothing, Paged, cursor_of, does
from webui.api.route import Call, Reply, Route


def _list(call: Call) -> Reply:
    cursor = cursor_of(call.query)
    return Reply(project_datasets.page(call.db, actor=call.actor, cursor=cursor))


def _withdraw(call: Call) -> Reply:
    key = call.path["id"]
    row = project_datasets.withdraw(call.db, key, actor=call.actor, now=call.now)
    return Reply(project_datasets.shape(row))


ROUTES = [
    Route(
        method="GET",
        path="/project-datasets",
        handler=_list,
        query=Paged,
        answers=Page[ProjectData],
        permission=WRITE,
        summary="List what projects publish of their own",
    ),
    Route(
        method="POST",
        path="/project-datasets",
        handler=does(project_datasets.publish),
        body=NewProjectDataset,
        answers=ProjectData,
        status=201,
        permission=WRITE,
        summary="Publish a project's own data: a CSV, or a link",
    ),
    Route(
        method="POST",
        path="/project-datasets/{id}/withdraw",
        handler=_withdraw,
        body=Nothing,
        answers=ProjectData,
        permission=WRITE,
        summary="Give out nothing more of a project's data",
    ),
]
