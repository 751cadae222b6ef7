"""What people of the demo's place wrote is there in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import controller.cli.demo
from controller.cli.demo.people import PEOPLE
from controller.cli.demo.texts import _ENGLISH
from tests.locale.test_no_french import is_french

DEMO = Path(controller.cli.demo.__path__[0])
NAMES = ("people.py", "place.py", "script.py", "texts.py")
"""Names of people, and of things in both languages."""
INSTITUTIONS = {
    *("3 rue de l’École", "Lycée Germaine-Tillion", "Collège Verlaine"),
    *("Béthune", "Bruay-la-Buissière", "Nœux-les-Mines", "Numérique en mains"),
    *("Région Hauts-de-France", "Agglo Béthune-Bruay, Artois-Lys Romane", "Caf du Pas-de-Calais"),
    "Loisirs et créations numériques",  # of the national list of services
    "Accès internet et matériel informatique",
}


def french() -> Iterator[tuple[str, str]]:
    """Every French text in the demo's sources that has no English beside it, with its file."""
    for file in sorted(DEMO.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        beside = {
            id(item.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and {item.arg for item in node.keywords} >= {"fr", "en"}
            for item in node.keywords
        }
        for node in ast.walk(tree) if file.name not in NAMES else ():
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in beside and is_french(str(node.value)):  # type: ignore[attr-defined]
                yield file.name, str(node.value)  # type: ignore[attr-defined]


def test_every_text_is_there_in_english() -> None:
    names = {person.name for person in PEOPLE} | INSTITUTIONS
    assert [(file, text) for file, text in french() if text not in {*_ENGLISH, *names}] == []
