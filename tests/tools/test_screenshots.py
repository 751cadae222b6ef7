"""Pictures of the pages: named after what the rail leads to; what else is pictured is there."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tools.screenshots import SHOTS, Shot, _save, name_of
from webui.features import FEATURES

RULES = [page.rule for feature in FEATURES for pages in feature.pages for page in pages]


@pytest.mark.parametrize(
    ("address", "name"),
    [("/", "live"), ("/desk", "desk"), ("/safety-register", "safety-register"), ("/a/b", "a-b")],
)
def test_a_picture_is_named_after_its_page(address: str, name: str) -> None:
    assert name_of(address) == name


def test_each_is_pictured_once() -> None:
    names = [shot.name for shot in SHOTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("shot", [shot for shot in SHOTS if shot.name != "nowhere"])
def test_each_shot_is_of_a_page(shot: Shot) -> None:
    address = shot.address.partition("?")[0]
    patterns = [re.sub(r"<\w+>", "[^/]+", rule) for rule in RULES]
    assert any(re.fullmatch(pattern, address) for pattern in patterns)


def test_a_picture_keeps_its_colours(tmp_path: Path) -> None:
    """Paper and sheet differ by one step; a wash beside them has hundreds."""
    picture = Image.linear_gradient("L").convert("RGB")
    for row, colour in enumerate([(251, 250, 248), (252, 251, 249), (255, 254, 250)]):
        picture.paste(colour, (0, row, 256, row + 1))
    taken = BytesIO()
    picture.save(taken, "PNG")
    _save(taken.getvalue(), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as saved:
        assert saved.convert("RGB").tobytes() == picture.tobytes()
