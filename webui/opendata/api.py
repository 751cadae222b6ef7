"""API of open data: the catalogue, and each dataset with its schema.

No token is needed, and pages of any origin may read it.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from flask import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from controller.capabilities.opendata import (
    archive,
    catalogue,
    dcat,
    project_datasets,
    public_datasets,
    publication,
)
from controller.capabilities.opendata.catalogue import Addresses, FullCatalogue
from controller.capabilities.opendata.datasets import CATALOGUE, SCDL
from controller.capabilities.opendata.public_datasets import File, in_french
from controller.capabilities.opendata.shapes import About, Published, Publishing
from controller.capabilities.opendata.tables import national
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.jsontypes import to_json
from controller.kernel.paging import MAX_LIMIT
from webui.api.crud import Nothing, patch_route, service_route, with_etag
from webui.api.problem import PREFIX
from webui.api.route import Call, Reply, Route
from webui.context import WebContext

# The addresses of a site's open data.


def page_addresses(web: WebContext, site_id: str) -> Addresses:
    """Return the addresses for links on a page, relative to the server's root."""
    root = web.settings.web.public_url.rstrip("/")
    at = addresses(web, site_id)
    return Addresses(at.base.removeprefix(root), at.query, at.page.removeprefix(root))


def addresses(web: WebContext, site_id: str) -> Addresses:
    """Return the site's absolute addresses.

    Only those of the installation's own site omit its id.
    """
    root = web.settings.web.public_url.rstrip("/")
    query = "" if site_id == web.settings.site.id else f"?site={site_id}"
    return Addresses(f"{root}{PREFIX}/open-data", query, f"{root}/data{query}")


PER_MINUTE = 240
"""How many requests one client address may send per minute."""
CACHE_S = 300
"""For how many seconds a client may cache the answer."""
JSON, LD, TURTLE = "application/json", "application/ld+json", "text/turtle"
_FORMATS = {"json": JSON, "jsonld": LD, "turtle": TURTLE}


class AtSite(msgspec.Struct, frozen=True, kw_only=True):
    """The query with `site`: another site than the installation's own."""

    site: str | None = None


class CatalogueQuery(AtSite, frozen=True, kw_only=True):
    """The catalogue's query; `format` is for clients that can't send an `Accept` header."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = 100
    after: str | None = None
    format: Literal["json", "jsonld", "turtle"] | None = None


class FileQuery(AtSite, frozen=True, kw_only=True):
    """The query of a file; `month` is the only month to include, as `2026-10`."""

    month: str | None = None


class RowsQuery(FileQuery, frozen=True, kw_only=True):
    """The query of rows; `after` is the number of the last row that was read."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = 100
    after: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The datasets of a site; empty before it publishes any."""

    items: tuple[Published, ...]
    next: str | None


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as objects with the columns' names."""

    items: tuple[dict[str, Any], ...]
    next: str | None


def _site(call: Call) -> tuple[str, Addresses]:
    site = call.query.site or call.context.settings.site.id
    return site, addresses(call.context, site)


def _catalogue(call: Call) -> Response:
    site, at = _site(call)
    datasets = catalogue.read_catalogue(call.db, site, at, call.now)
    ids = [dataset.id for dataset in datasets.items]
    start = ids.index(call.query.after) + 1 if call.query.after in ids else 0
    items = datasets.items[start : start + call.query.limit]
    next_after = items[-1].id if start + call.query.limit < len(ids) else None
    media = _media(call)
    if media == JSON:
        text = _encode(Catalogue(items=items, next=next_after))
    else:
        triples = dcat.triples(datasets, at, _view(call, at, datasets, items, next_after))
        text = dcat.as_json_ld(triples) if media == LD else dcat.as_turtle(triples)
    return public(text, media, datasets.updated_at)


def _media(call: Call) -> str:
    if call.query.format is not None:
        return _FORMATS[call.query.format]
    accepted = parse_accept_header(call.accept, MIMEAccept)
    return accepted.best_match([JSON, LD, TURTLE], default=JSON) or JSON


def _view(
    call: Call,
    at: Addresses,
    whole: FullCatalogue,
    items: tuple[Published, ...],
    next_after: str | None,
) -> dcat.View:
    """Return the page of the catalogue in Hydra's terms: this page, the first, and the next."""

    def page(after: str | None) -> str:
        mark = "&" if at.query else "?"
        address = f"{at.base}{at.query}{mark}limit={call.query.limit}"
        return address + (f"&after={after}" if after else "")

    return dcat.View(
        address=page(call.query.after),
        items=items,
        total=len(whole.items),
        first=page(None),
        next=page(next_after) if next_after else None,
    )


def _one_dataset(call: Call) -> Response:
    site, at = _site(call)
    dataset = catalogue.find_dataset(call.db, site, call.path["id"], at, call.now)
    return public(_encode(dataset), JSON, dataset.updated_at)


def _schema(call: Call) -> Response:
    site, at = _site(call)
    key = call.path["id"]
    if key == CATALOGUE:
        dataset = catalogue.find_dataset(call.db, site, key, at, call.now)
        return public(_encode(national(SCDL)), JSON, dataset.first_at)
    published = public_datasets.published_dataset(call.db, site, key, call.now)
    return public(
        _encode(published.dataset.schema(partial(in_french, call.db))), JSON, published.first_at
    )


def _csv(call: Call) -> Response:
    site, at = _site(call)
    key = call.path["id"]
    file = _file(call, site, at, key)
    response = public(file.text.encode(), "text/csv; charset=utf-8", file.updated_at)
    month = f"-{call.query.month}" if call.query.month else ""
    response.headers["Content-Disposition"] = f'attachment; filename="{key}{month}.csv"'
    return response


def _file(call: Call, site: str, at: Addresses, key: str) -> File:
    if key == CATALOGUE:
        return catalogue.scdl_file(call.db, site, at, call.now)
    if key.startswith(project_datasets.PREFIX):
        row = project_datasets.file(call.db, site, key)
        return File.of(row.file or "", row.updated_at)
    return public_datasets.file(call.db, site, key, call.now, call.query.month)


def _rows(call: Call) -> Response:
    site, _at = _site(call)
    dataset = public_datasets.published_dataset(call.db, site, call.path["id"], call.now)
    rows = public_datasets.rows(call.db, site, dataset, call.now, call.query.month)
    start, end = call.query.after, call.query.after + call.query.limit
    header = dataset.dataset.header
    items = tuple(dict(zip(header, row, strict=True)) for row in rows[start:end])
    answer = Rows(items=items, next=f"{end}" if end < len(rows) else None)
    return public(_encode(answer), JSON, dataset.updated_at)


def _archive(call: Call) -> Response:
    site, at = _site(call)
    year = call.path["year"]
    data = archive.year_archive(call.db, site, year, at, call.now)
    when = catalogue.read_catalogue(call.db, site, at, call.now).updated_at
    response = public(data, "application/zip", when)
    name = f"{site}-{year}.zip".encode("ascii", "ignore").decode()
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _encode(value: object) -> bytes:
    return msgspec.json.encode(to_json(value))


def public(data: bytes, media: str, updated_at: Utc) -> Response:
    """Return an answer that anybody may cache and pages of any origin may read."""
    response = Response(data, content_type=media)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.last_modified = updated_at
    return response


def _route(path: str, handler: Callable[[Call], Response], summary: str, **more: Any) -> Route:
    return Route(
        method="GET",
        path=f"/open-data{path}",
        handler=handler,
        summary=summary,
        per_address=PER_MINUTE,
        **more,
    )


def _tables(call: Call) -> list[publication.PreparedTable]:
    days, key = call.context.settings.retention.access_days, call.path["id"]
    # nothing is computed for an actor who may not publish
    publication.read(call.db, key, actor=call.actor)
    return publication.prepare_tables(call.db, key, call.now, days)


def _publish(call: Call) -> Reply:
    days = call.context.settings.retention.access_days
    published = publication.publish(
        call.db,
        call.path["id"],
        actor=call.actor,
        now=call.now,
        access_days=days,
        tables=call.prepared,
    )
    return with_etag(published)


_SWITCH, _MAY = "/sites/{id}/open-data", Permission.RULES_WRITE

ROUTES = [
    service_route(
        "GET",
        _SWITCH,
        publication.read,
        _MAY,
        "Get whether a site publishes its open data, and as whom",
    ),
    patch_route(
        _SWITCH, publication.change, About, _MAY, "Change who publishes, as catalogues show it"
    ),
    Route(
        method="POST",
        path=f"{_SWITCH}/publish",
        handler=_publish,
        prepare=_tables,
        body=Nothing,
        answers=Publishing,
        permission=_MAY,
        summary="Publish a site's open data",
    ),
    service_route(
        "POST", f"{_SWITCH}/withdraw", publication.withdraw, _MAY, "Withdraw a site's open data"
    ),
    _route(
        "",
        _catalogue,
        "What a site publishes; with Accept: application/ld+json or text/turtle as DCAT",
        query=CatalogueQuery,
        answers=Catalogue,
        may_miss=True,
        files={LD: _catalogue, TURTLE: _catalogue},
    ),
    _route("/{id}", _one_dataset, "One dataset", query=AtSite, answers=Published),
    _route(
        "/{id}/schema", _schema, "A dataset's Table Schema", query=AtSite, answers=dict[str, Any]
    ),
    _route("/{id}/csv", _csv, "A dataset as CSV", query=FileQuery, media="text/csv"),
    _route("/{id}/rows", _rows, "A dataset's rows", query=RowsQuery, answers=Rows),
    _route(
        "/archive/{year}",
        _archive,
        "A year of all datasets, with their schemas",
        query=AtSite,
        media="application/zip",
    ),
]
