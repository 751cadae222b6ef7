"""The rules and the dashboard of docs/monitoring ask for figures that there are."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.kernel.database import Database
from tests.support.programs import program_path
from tests.webui.metrics.metrics import fill, scrape, token

FOLDER = Path(__file__).parents[3] / "docs/monitoring"
RULES = (FOLDER / "loquet.rules.yml").read_text(encoding="utf-8")
NAME = re.compile(r"\bloquet_\w+")


def names_in_use() -> set[str]:
    dashboard = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return {name for text in (RULES, *asked) for name in NAME.findall(text)}


def test_what_they_ask_for_is_told(client: FlaskClient, database: Database) -> None:
    fill(database)
    _, text = scrape(client, token(database, "admin"))
    assert names_in_use() <= set(NAME.findall(text))


def test_the_page_lists_every_figure(client: FlaskClient, database: Database) -> None:
    fill(database)
    _, text = scrape(client, token(database, "admin"))
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert {family for family in families if f"`{family}" not in page} == set()


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    "what", ["check rules loquet.rules.yml", "test rules loquet.rules.test.yml"]
)
def test_promtool_has_nothing_to_say_of_the_rules(what: str) -> None:
    command = [str(program_path("promtool")), *what.split()]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.needs("promtool")
def test_promtool_has_nothing_to_say_of_the_figures(
    client: FlaskClient, database: Database
) -> None:
    fill(database)
    _, text = scrape(client, token(database, "admin"))
    command = [str(program_path("promtool")), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
