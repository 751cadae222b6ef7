"""The sprite holds exactly the icons that are used."""

import re
from pathlib import Path

from controller.cli.demo.place import POINTS
from webui.icons import MACHINE_ICONS, machine_icon, sprite_icons

WEBUI = Path("webui")
IN_TEMPLATES = re.compile(r'icon\("([a-z0-9-]+)"\)|empty\("([a-z0-9-]+)"')
QUOTED = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')


def used() -> set[str]:
    """Names in icon macros, and every quoted word of templates and views that is an icon's."""
    found = set(MACHINE_ICONS)
    for file in (*WEBUI.rglob("*.html"), *WEBUI.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        found |= {name for pair in IN_TEMPLATES.findall(text) for name in pair if name}
        found |= set(QUOTED.findall(text)) & sprite_icons()
    return found


def test_the_sprite_is_what_is_used() -> None:
    assert sprite_icons() == used()


def test_a_machine_wears_a_known_icon() -> None:
    assert machine_icon("zap") == "zap"
    assert machine_icon("no-such-icon") == "cog"
    assert {wired.point.icon for wired in POINTS} <= sprite_icons()
