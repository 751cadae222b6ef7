"""Open data for programs: read by anybody from any page, valid by everybody's own validators."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.tree import ROOT

BASE = "/api/v1/open-data"
PUBLISHED = ROOT / "tests/capabilities/opendata/published"


@pytest.mark.usefixtures("place")
def test_before_it_publishes_there_is_nothing(client: FlaskClient) -> None:
    assert client.get(BASE).get_json() == {"items": [], "next": None}
    assert client.get(f"{BASE}/frequentation").status_code == 404
    assert client.get(f"{BASE}/frequentation/csv").status_code == 404
    assert client.get(f"{BASE}/archive/2026").status_code == 404
    assert client.get(f"{BASE}?site=nowhere").status_code == 404


def test_each_dataset_has_a_file_a_schema_and_headers_for_who_keeps_it(
    published: FlaskClient,
) -> None:
    items = published.get(BASE).get_json()["items"]
    assert len(items) == 8
    for item in items:
        assert {"id", "name", "description", "licence", "schema", "csv", "withheld"} <= set(item)
        assert item["licence"] == "Licence Ouverte 2.0"
        for address in (item["csv"], item["schema"]):
            answer = published.get(address)
            assert answer.status_code == 200, address
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Cache-Control"].startswith("public, max-age=")
            assert answer.headers["Last-Modified"]
            again = published.get(address, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
    assert "Access-Control-Allow-Origin" not in published.get("/api/v1/members").headers


def test_the_list_and_the_rows_come_page_by_page(published: FlaskClient) -> None:
    seen = list[str]()
    after: str | None = ""
    while after is not None:
        page = published.get(f"{BASE}?limit=3{after and '&after=' + after}").get_json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert seen == [item["id"] for item in published.get(BASE).get_json()["items"]]
    first = published.get(f"{BASE}/frequentation/rows?limit=2").get_json()
    more = published.get(f"{BASE}/frequentation/rows?limit=2&after={first['next']}").get_json()
    assert [item["heure"] for item in (*first["items"], *more["items"])] == [
        "07:00",
        "07:15",
        "07:30",
        "07:45",
    ]
    assert published.get(f"{BASE}/frequentation/csv?month=2026-09").status_code == 404


def test_a_year_is_one_file_the_same_for_the_same_figures(published: FlaskClient) -> None:
    first, second = (published.get(f"{BASE}/archive/2026") for _ in range(2))
    assert first.data == second.data
    with zipfile.ZipFile(io.BytesIO(first.data)) as archive:
        names = set(archive.namelist())
        told = archive.read("LISEZMOI.txt").decode()
    assert {"LISEZMOI.txt", "formations.csv", "formations.schema.json"} <= names
    assert "Pas publié" in told


@pytest.mark.system
def test_frictionless_finds_nothing_wrong_with_any_file(
    published: FlaskClient, tmp_path: Path
) -> None:
    import frictionless
    import frictionless.formats

    files = [
        (item["csv"], published.get(item["schema"]).get_json())
        for item in published.get(BASE).get_json()["items"]
    ]
    for number, (address, schema) in enumerate(files):
        data = published.get(address).data
        assert _wrong(frictionless, tmp_path, f"{number}.csv", data, schema) == [], address
    for example in sorted(PUBLISHED.glob("*.csv")):
        name = example.name.removesuffix("-exemple-valide.csv")
        schema = json.loads((publishing_schemas() / f"{name}.json").read_text())
        assert _wrong(frictionless, tmp_path, example.name, example.read_bytes(), schema) == []
        broken = example.read_bytes().replace(b"2024-04-02", b"tomorrow").replace(b"usage", b"x")
        assert _wrong(frictionless, tmp_path, example.name, broken, schema) != []


def publishing_schemas() -> Path:
    """Where the national schemas lie."""
    return ROOT / "controller/capabilities/opendata/schemas"


def _wrong(
    frictionless: Any, folder: Path, name: str, data: bytes, schema: dict[str, Any]
) -> list[str]:
    (folder / name).write_bytes(data)
    described = {key: schema[key] for key in ("fields", "missingValues") if key in schema}
    dialect = frictionless.Dialect(controls=[frictionless.formats.CsvControl(delimiter=",")])
    resource = frictionless.Resource(
        path=name,
        basepath=str(folder),
        dialect=dialect,
        encoding="utf-8-sig",
        schema=frictionless.Schema.from_descriptor(described),
    )
    report = resource.validate()
    return [error.message for task in report.tasks for error in task.errors]


@pytest.mark.system
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pyshacl's own calls
def test_the_catalogue_is_dcat_by_our_shapes_and_the_same_in_both_forms(
    published: FlaskClient,
) -> None:
    import pyshacl
    import rdflib
    from rdflib.compare import isomorphic

    graphs = []
    for media, form in (("application/ld+json", "json-ld"), ("text/turtle", "turtle")):
        answer = published.get(BASE, headers={"Accept": media})
        assert answer.mimetype == media
        graphs.append(rdflib.Graph().parse(data=answer.data, format=form))
    assert isomorphic(*graphs)
    shapes = rdflib.Graph().parse(Path(__file__).with_name("dcat_shapes.ttl"))
    conforms, _, text = pyshacl.validate(graphs[0], shacl_graph=shapes)
    assert conforms, text
    licence = rdflib.URIRef("http://purl.org/dc/terms/license")
    graphs[0].remove((None, licence, None))
    assert not pyshacl.validate(graphs[0], shacl_graph=shapes)[0]
    page = published.get(f"{BASE}?limit=3&format=turtle")
    hydra = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
    part = rdflib.Graph().parse(data=page.data, format="turtle")
    assert len(list(part.objects(predicate=hydra.next))) == 1
    assert int(str(next(part.objects(predicate=hydra.totalItems)))) == 8
