"""The sprite holds exactly the icons that are used, each where it belongs."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.cli.demo.place import POINTS
from webui.feature import Feature, Pages
from webui.features import FEATURES, SHELL
from webui.icons import MACHINE_ICONS, SHARED, machine_icon, names, shared_icons, sprite

WEBUI = Path("webui")
IN_TEMPLATES = re.compile(r'icon\("([a-z0-9-]+)"\)|empty\("([a-z0-9-]+)"')
QUOTED = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')


def used(folder: Path, known: frozenset[str]) -> set[str]:
    """Names in icon macros, and every quoted word of templates and views that is an icon's."""
    found = set()
    for file in (*folder.rglob("templates/**/*.html"), *folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        found |= {name for pair in IN_TEMPLATES.findall(text) for name in pair if name}
        found |= set(QUOTED.findall(text)) & known
    return found


def test_the_sprite_is_what_is_used() -> None:
    every = frozenset(names(sprite(FEATURES)))
    assert every == used(WEBUI, every) | set(MACHINE_ICONS)


FEATURES_WITH_ICONS = [feature for feature in FEATURES if feature.sprite() and feature is not SHELL]


@pytest.mark.parametrize("feature", FEATURES_WITH_ICONS, ids=lambda feature: feature.name)
def test_an_icon_of_a_room_is_used_there(feature: Feature) -> None:
    own = frozenset(names(feature.sprite()))
    assert own <= used(WEBUI / feature.name, own)


def test_an_icon_stands_in_one_sprite_only(tmp_path: Path) -> None:
    pages = Pages("lending", "webui")
    pages.folder = tmp_path
    symbol = names(SHARED.read_text(encoding="utf-8"))[0]
    (tmp_path / "sprite.svg").write_text(f'<symbol id="{symbol}"></symbol>', encoding="utf-8")
    with pytest.raises(ValueError, match=f"two sprites: {symbol}"):
        sprite([SHELL, Feature(name="lending", pages=(pages,))])


def test_a_machine_wears_a_known_icon() -> None:
    assert machine_icon("zap") == "zap"
    assert machine_icon("no-such-icon") == "cog"
    assert {wired.point.icon for wired in POINTS} <= shared_icons()


def test_a_page_names_the_sprite_that_a_browser_keeps(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    (where,) = set(re.findall(r'<use href="([^"#]+)#', page))
    answer = client.get(where)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.cache_control.max_age == 31_536_000
    assert shared_icons() <= frozenset(names(answer.get_data(as_text=True)))
    assert "<symbol" not in page
