"""The data of a place for people: read without an account, switched on by a manager."""

import html
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.opendata import project_datasets, publication
from controller.capabilities.opendata.shapes import SERVICES, NewProjectDataset
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.shapes import NewNeed
from controller.kernel.shapes import Label
from tests.support.parsed import form_to
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import Place
from tests.webui.opendata.conftest import SYSTEM
from webui.opendata.charts import WIDTH, Point, bar_chart, column_chart

FILE = "mois;km\n2026-10;451\n"


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def send(client: FlaskClient, address: str, **fields: object) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields, content_type="multipart/form-data")
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def test_before_anything_is_published_the_page_says_so_and_shows_published_needs(
    place: Place, client: FlaskClient
) -> None:
    text = text_of(client, "/data")
    assert "Rien n’est encore publié" in text
    assert 'id="needs"' not in text
    with place.database.write() as db:
        for title, shown in (("Ouvrir le soir", True), ("Un tour", False)):
            new = NewNeed(theme="hours", title=title, outcome="Le jeudi.", published=shown)
            needs.create(db, new, actor=SYSTEM, now=NOW)
    text = text_of(client, "/data")
    assert "Le jeudi." in text
    assert "Un tour" not in text
    assert "Ce lieu n’a pas encore publié ses données." in text
    assert "/open-data/besoins" not in text, "no dataset is published"
    assert '/data#needs"' in text_of(client, "/tell?told=yes")
    assert client.get("/data?site=nowhere").status_code == 404


def test_each_picture_has_a_title_its_figures_in_words_and_a_table(published: FlaskClient) -> None:
    text = text_of(published, "/data")
    pictures = re.findall(r'<svg viewBox[^>]* role="img" aria-labelledby="(\S+) (\S+)">', text)
    assert len(pictures) == 4
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for title, about in pictures:
        assert re.search(rf'<title id="{title}">\S', text)
        assert re.search(rf'<desc id="{about}">\S', text)
    assert text.count("<figcaption>") == 1 + len(pictures)
    assert "Heures de travail de chaque machine en " in text.replace("\u00a0", " ")
    for link in set(re.findall(r'href="(/api/v1/[^"]+)"', text)):
        assert published.get(link).status_code == 200, link


def test_each_dataset_stands_beside_its_picture_or_some_of_its_rows(
    place: Place, published: FlaskClient
) -> None:
    with place.database.write() as db:
        days = tuple(Weekly(weekday=day, start="09:00", end="18:30") for day in range(5))
        days += (Weekly(weekday=5, start="10:00", end="12:00"),)
        week = NewSchedule(id="open", name=Label(fr="Semaine"), weekly=days, site_id=SITE)
        schedules.create(db, week, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "open"}, version=None, actor=SYSTEM, now=NOW)
        new = NewProject(site_id=SITE, name=Label(fr="Vélo-cargo"))
        project = projects.create(db, new, actor=SYSTEM, now=NOW).id
        for name, data in FILES.items():
            dataset = NewProjectDataset(
                project_id=project,
                name=Label(fr=name),
                description="x",
                contact="x",
                file=data if "\n" in data else None,
                link=None if "\n" in data else data,
            )
            project_datasets.create(db, SITE, dataset, actor=SYSTEM, now=NOW)
    text = text_of(published, "/data").replace("\u00a0", " ")
    beside = re.findall(
        r'<h3>([^<]*)</h3>(?:(?!<h3>).)*?<div class="seen">(.*?)</div>\s*<div class="gets">',
        text,
        re.S,
    )
    assert len(beside) == 6 + len(FILES)
    found = {name: " ".join(re.sub(r"<[^>]+>", " ", markup).split()) for name, markup in beside}
    assert all(found.values()), found
    assert "Ouvert 6 jours par semaine" in found["Le lieu et ses services"]
    assert "lundi de 9 h à 18 h 30" in found["Le lieu et ses services"]
    assert "dimanche fermé" in found["Le lieu et ses services"]
    assert "km par mois" in found["Livraisons"]
    assert "oct. 2026 451,5" in found["Livraisons"]
    assert found["Arbres"] == "Tilleul lieu rue Haute, année 1980 Frêne lieu rue Haute, année 1991"
    assert found["Ailleurs"] == "velo.example le fichier est hébergé par le projet"


FILES = {
    "Livraisons": "mois;km\n2026-09;388\n2026-10;451,5\n",
    "Arbres": "nom,lieu,année\nTilleul,rue Haute,1980\nFrêne,rue Haute,1991\n",
    "Ailleurs": "https://velo.example/km.csv",
}


def test_what_the_files_name_in_french_is_named_in_the_language_of_the_page(
    place: Place, published: FlaskClient
) -> None:
    with place.database.write() as db:
        for row in db.scalars(select(AccessPointRow)):
            row.name = {"fr": row.name["fr"], "en": f"Thing {row.id}"}
    published.set_cookie("language", "en")
    text = text_of(published, "/data")
    pictures = text.split('id="sets"')[1].split('id="withheld"')[0]
    assert "Thing laser" in pictures
    assert "Public servants" in text


def test_a_small_public_is_masked_on_the_page_as_in_the_file(published: FlaskClient) -> None:
    table = text_of(published, "/data").split('<figure class="ex">')[1].split("</table>")[0]
    cells = dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', table))
    assert (cells["Habitants"], cells["Agents publics"], cells["Entrepreneurs"]) == (
        "96",
        "masqué",
        "masqué",
    )
    assert cells["Ensemble"] == "162"


def test_a_manager_sees_what_will_be_shown_publishes_and_withdraws(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "desk")
    assert client.get("/open-data").status_code == 403
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "manager")
    assert "Heures machine" in text_of(client, "/open-data")
    assert send(client, "/open-data/publish")[0] == 303
    with place.database.read() as db:
        assert publication.is_published(db, SITE)
    assert client.get("/api/v1/open-data").get_json()["items"]
    head, _more, foot = text_of(client, "/open-data").partition("Retirer…")
    assert "/open-data/withdraw" not in head, "it takes two presses, at the foot"
    assert "/open-data/withdraw" in foot
    assert send(client, "/open-data/withdraw")[0] == 303
    assert client.get("/api/v1/open-data").get_json()["items"] == []


def test_the_title_names_the_last_month_that_is_published(published: FlaskClient) -> None:
    sign_in(published, "manager")
    head = text_of(published, "/open-data").partition("Ce qui est affiché")[0]
    assert "<b>Données publiées</b> · dernier mois : octobre 2026 · " in head.replace("\u00a0", " ")
    assert "masquées en tout" in head


def test_what_is_wrong_with_the_place_is_said_beside_it_and_what_was_typed_is_kept(
    published: FlaskClient,
) -> None:
    sign_in(published, "manager")
    fields = {"siret": "12", "town": "Béthune-sur-Lawe"}
    status, text = send(published, "/open-data/about", **fields)
    assert status == 422
    assert "Quatorze chiffres." in text
    assert "Béthune-sur-Lawe" in text
    assert send(published, "/open-data/about", town="Lens", version="1")[0] == 409


def test_of_two_who_describe_the_place_first_the_second_is_told(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    assert 'name="version" value="0"' in text_of(client, "/open-data")
    assert send(client, "/open-data/about", town="Lens", version="0")[0] == 303
    status, text = send(client, "/open-data/about", town="Arras", version="0")
    assert (status, "Quelqu’un l’a modifié entre-temps" in text) == (409, True)
    (version,) = re.findall(r'name="version" value="(\d+)"', text)
    assert send(client, "/open-data/about", town="Arras", version=version)[0] == 303


def test_what_a_colleague_has_described_meanwhile_stays(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    address = "/open-data/about"
    opened = form_to(client.get("/open-data").get_data(as_text=True), address)
    token = {"csrf_token": token_of(client)}
    colleague = token | {"town": "Lens", "services": [SERVICES[0]]}
    assert client.post(address, data=opened | colleague).status_code == 303
    own = token | {"street": "Rue Haute", "services": [SERVICES[1]]}
    refused = client.post(address, data=opened | own).get_data(as_text=True)
    changed = re.findall(r'id="(\w+)-wrong">Quelqu’un d’autre vient', html.unescape(refused))
    assert changed == ["town", "services"]
    assert client.post(address, data=form_to(refused, address) | token).status_code == 303
    saved = form_to(client.get("/open-data").get_data(as_text=True), address)
    assert (saved["town"], saved["street"]) == (["Lens"], ["Rue Haute"])
    assert saved["services"] == list(SERVICES[:2])


def test_a_project_publishes_its_own_file_with_its_licence_and_contact(
    place: Place, published: FlaskClient
) -> None:
    with place.database.write() as db:
        new = NewProject(site_id=SITE, name=Label(fr="Vélo-cargo"))
        project = projects.create(db, new, actor=SYSTEM, now=NOW).id
    sign_in(published, "manager")
    fields = {
        "project_id": project,
        "name": "Livraisons",
        "description": "Kilomètres par mois.",
        "licence": "ODbL-1.0",
        "contact": "velo@recup.example",
    }
    broken = io.BytesIO(b"a;b\n1\n"), "km.csv"
    status, text = send(published, "/open-data/projects", **fields, file=broken)
    assert (status, "Kilomètres par mois." in text) == (422, True)
    whole = io.BytesIO(FILE.encode()), "km.csv"
    assert send(published, "/open-data/projects", **fields, file=whole)[0] == 303
    (item,) = (
        item
        for item in published.get("/api/v1/open-data").get_json()["items"]
        if item["id"].startswith("projet-")
    )
    assert (item["licence"], item["publisher"]) == ("ODbL 1.0", "Vélo-cargo")
    assert published.get(item["csv"]).get_data(as_text=True) == FILE
    assert "velo@recup.example" in text_of(published, "/data")
    key = item["id"].removeprefix("projet-")
    assert send(published, f"/open-data/projects/{key}/withdraw")[0] == 303
    assert published.get(item["csv"]).status_code == 404


def test_a_long_name_stands_whole_above_its_bar_and_a_short_one_before_it() -> None:
    named = "Machines combinées à bois, toupie et raboteuse-dégauchisseuse"
    points = [
        Point(label=name, value=n, value_text=f"{n} h") for n, name in enumerate((named, "Four"), 1)
    ]
    drawn = bar_chart("k", "c", ("a", "b"), points)
    words = " ".join(text.text for text in drawn.texts if not text.strong)
    assert words == f"Four {named}"
    assert all(bar.x == 0 for bar in drawn.bars)
    lines = [text.y for text in drawn.texts]
    assert lines == sorted(lines)
    assert drawn.height > lines[-1]
    assert all(bar.x > 0 for bar in bar_chart("k", "c", ("a", "b"), points[1:]).bars)


def test_columns_say_the_highest_value_above_its_bar() -> None:
    points = [Point(label=f"mois {n}", value=n, value_text=f"{n}00 h") for n in (3, 9, 1, 2, 4, 5)]
    drawn = column_chart("k", "c", ("a", "b"), points)
    assert [text.text for text in drawn.texts] == ["mois 3", "mois 5", "900 h"]
    (value,) = (text for text in drawn.texts if text.strong)
    assert all(text.x + 9 * len(text.text) <= WIDTH for text in drawn.texts)
    bar = drawn.bars[1]
    assert value.y < bar.y
    assert value.x + 9 * len(value.text) / 2 == pytest.approx(bar.x + bar.width / 2, abs=0.1)
    by_hour = column_chart("k", "c", ("a", "b"), points, every=4)
    assert {text.text for text in by_hour.texts if text.strong} == {"900 h"}
