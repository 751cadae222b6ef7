"""A spreadsheet goes from its columns to a trial and to people; nothing is written before."""

import html
import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import psutil
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.capabilities.imports import hostile
from tests.support.clock import Clock
from tests.support.until import until
from tests.webui.conftest import NOW, sign_in, token_of

CSV = "Prénom;Nom;Courriel;Badge\nZoé;d’Artois;zoe@example.org;04A1B2C3\nAmina;Diallo;;\n"


@pytest.fixture
def manager(client: FlaskClient) -> FlaskClient:
    sign_in(client, "manager")
    return client


def send(client: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": token_of(client), **form})
    return answer.status_code, html.unescape(answer.get_data(as_text=True)).replace("\u00a0", " ")


def carried(text: str) -> dict[str, str]:
    """What the next form sends, as it stands in the page."""
    hidden = re.findall(r'type="hidden" name="(name|data|equipment)" value="([^"]*)"', text)
    mapping = re.search(r'name="mapping" value="(.*?)">', text, re.DOTALL)
    return dict(hidden) | ({"mapping": mapping[1]} if mapping else {})


def names(database: Database) -> set[str]:
    with database.read() as db:
        return set(db.scalars(select(MemberRow.display_name)))


def read(client: FlaskClient, data: bytes, name: str = "membres.csv") -> tuple[int, str]:
    return send(client, "/imports/table", table=(BytesIO(data), name))


def test_from_a_spreadsheet_to_people(
    manager: FlaskClient, database: Database, clock: Clock
) -> None:
    status, text = read(manager, CSV.encode())
    assert status == 200
    assert "Lu comme UTF-8" in text
    assert re.findall(r'<option value="Prénom" selected>', text)
    columns = {"column-display_name": ["Prénom", "Nom"], "column-badge": "Badge"}
    status, text = send(manager, "/imports/map", act="try", **columns, **carried(text))
    assert status == 200
    assert "Nouvelles personnes : 2" in text
    assert names(database) == set(), "nothing is written"
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in text.split("<tr>")]
    assert ["2", "Zoé d’Artois", "sans formule", "", "uid:••••B2C3"] in cells
    assert ["3", "Amina Diallo", "sans formule", "", "sans badge"] in cells
    assert 'href="/members/import"' in manager.get("/imports").get_data(as_text=True)
    kept = carried(text)
    answer = send(manager, "/imports/do", **kept)
    assert answer[0] == 303
    assert names(database) == {"Zoé d’Artois", "Amina Diallo"}
    clock.forward(seconds=1)
    send(manager, "/imports/do", **kept)
    assert len(names(database)) == 2, "a second time adds nothing"
    again = send(
        manager, "/imports/map", act="try", **columns, **carried(read(manager, CSV.encode())[1])
    )
    assert "Tout est déjà ici" in again[1]


def test_every_line_to_mend_is_told_and_can_be_taken_as_a_file(manager: FlaskClient) -> None:
    _, text = read(manager, b"Nom,Badge\n=A,nothing\n,\nB,x\n")
    status, text = send(
        manager,
        "/imports/map",
        act="try",
        **{"column-display_name": "Nom", "column-badge": "Badge"},
        **carried(text),
    )
    assert status == 422
    assert "Lignes à corriger : 2" in text
    status, found = send(manager, "/imports/problems", **carried(text))
    assert status == 200
    assert [line.split(",")[:2] for line in found.splitlines()[1:]] == [
        ["2", "badge"],
        ["4", "badge"],
    ]


def test_a_mapping_is_kept_and_given_again(manager: FlaskClient) -> None:
    _, text = read(manager, CSV.encode())
    status, toml = send(
        manager, "/imports/map", act="save", **{"column-display_name": "Nom"}, **carried(text)
    )
    assert status == 200
    assert 'display_name = "Nom"' in toml
    status, text = send(
        manager,
        "/imports/table",
        table=(BytesIO(CSV.encode()), "m.csv"),
        mapping=(BytesIO(toml.encode()), "m.toml"),
    )
    assert status == 200
    assert "Nouvelles personnes : 2" in text


def test_values_are_offered_and_mapped(manager: FlaskClient) -> None:
    _, text = read(manager, b"Nom,Statut\nA,perdu de vue\n")
    assert "perdu de vue" in text
    mapped = {"of-status": "perdu de vue", "value-status": "left", "column-status": "Statut"}
    status, text = send(
        manager,
        "/imports/map",
        act="try",
        **{"column-display_name": "Nom"},
        **mapped,
        **carried(text),
    )
    assert status == 200, "the state is one of ours"


def test_what_was_chosen_for_a_value_stays_when_the_columns_are_shown_again(
    manager: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        made = NewPlan(id="coworking", name=Label(fr="Coworking"))
        plans.create(db, made, actor=Actor.system("test"), now=NOW)
    _, text = read(manager, b"Nom,Abonnement\nA,Coworking\nB,Menuiserie\nC,Coworking\n")
    assert chosen_plans(text) == {"Coworking": "coworking"}
    chosen = {"of-plan": ["Coworking", "Menuiserie"], "value-plan": ["-", "-"]}
    columns = {"column-display_name": "Nom", "column-plan": "Abonnement"}
    status, text = send(manager, "/imports/map", act="try", **columns, **chosen, **carried(text))
    assert status == 200
    _, text = send(manager, "/imports/map", **carried(text))
    assert chosen_plans(text) == {"Coworking": "-", "Menuiserie": "-"}


def chosen_plans(text: str) -> dict[str, str]:
    """What the page maps the values of a plan to; without those that stay as they are."""
    pairs = re.findall(r'name="of-plan" value="([^"]*)".*?</select>', text, re.DOTALL)
    selects = re.findall(r'name="value-plan".*?</select>', text, re.DOTALL)
    selected = (re.search(r'<option value="([^"]+)" selected', one) for one in selects)
    return {of: found[1] for of, found in zip(pairs, selected, strict=True) if found}


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/imports/table", {}, "Choisissez un fichier"),
        ("/imports/table", {"table": (BytesIO(b"%PDF-1.4"), "x.pdf")}, "PDF"),
        ("/imports/fabomatic", {"fabomatic": (BytesIO(b"text"), "x")}, "n’est pas une base SQLite"),
        ("/imports/fab-manager", {"address": "ftp://x", "token": "t"}, "Saisissez une adresse"),
        ("/imports/fab-manager", {"address": "https://127.0.0.1", "token": "t"}, "réseau privé"),
    ],
)
def test_what_can_not_be_read_is_said(
    manager: FlaskClient, path: str, form: dict[str, object], said: str
) -> None:
    status, text = send(manager, path, **form)
    assert status == 422
    assert said in text


def test_what_was_changed_on_its_way_is_refused(manager: FlaskClient) -> None:
    good = b64encode(b"Nom\nA\n").decode()
    for form in (
        {"data": "?"},
        {"data": good, "equipment": "e30"},
        {"data": good, "mapping": "[["},
    ):
        assert send(manager, "/imports/do", **form)[0] == 400


def test_only_managers_import(client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert client.get("/imports").status_code == 403
    assert read(client, CSV.encode())[0] == 403


def children() -> list[psutil.Process]:
    """The processes that read a file for this one."""
    every = [
        child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE
    ]
    return [child for child in every if "controller.kernel.sandbox.worker" in _words(child)]


def _words(child: psutil.Process) -> list[str]:
    try:
        return child.cmdline()
    except psutil.Error:  # it has just ended
        return []


def test_while_a_hostile_workbook_is_read_others_are_answered(manager: FlaskClient) -> None:
    """Its reader is stopped meanwhile, so that it is certain; killed, only this import fails."""
    token = token_of(manager)
    form = {"csrf_token": token, "table": (BytesIO(hostile.nested()), "membres.xlsx")}
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(manager.post, "/imports/table", data=form)
        until(children, "a process that reads")
        (child,) = children()
        child.suspend()
        with manager.application.test_client() as other:
            assert other.get("/sign-in").status_code == 200
        assert not reading.done()
        child.kill()
        answer = reading.result()
    assert answer.status_code == 422
    assert "trop de mémoire. Rien n’a été importé." in answer.get_data(as_text=True)
    assert read(manager, CSV.encode())[0] == 200


@pytest.mark.parametrize(
    ("form", "data", "said"),
    [
        ("table", hostile.last_row(), "Plus de 100 000 lignes : supprimez les lignes vides"),
        ("table", hostile.ten_gigabytes(), "Le fichier dépasse 64 Mo"),
        ("fabomatic", hostile.everybody_may_everything(), "Plus de 500 000 cases remplies"),
    ],
)
def test_a_file_beyond_a_limit_is_refused_in_words(
    manager: FlaskClient, form: str, data: bytes, said: str
) -> None:
    status, text = send(manager, f"/imports/{form}", **{form: (BytesIO(data), "x")})
    assert status == 422
    assert said in text.replace("\u202f", " ")


def test_what_a_form_carries_is_not_trusted(manager: FlaskClient) -> None:
    """Nested too deeply, not as it was packed, or a workbook where the page had sent a CSV."""
    carry = {"name": "x", "equipment": b64encode(b"{}").decode()}
    deep = b64encode(b'{"columns":' * 50_000).decode()
    data = b64encode(CSV.encode()).decode()
    assert send(manager, "/imports/do", **carry, data=data, mapping=deep)[0] == 400
    assert send(manager, "/imports/do", **carry, data=data, mapping="[columns]")[0] == 400
    bomb = b64encode(hostile.last_row()).decode()
    assert send(manager, "/imports/do", **carry, data=bomb)[0] == 400
