"""The web side of the rooms in `controller.assembly`, each in the folder of the same name."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from controller.assembly import HOUSE
from controller.kernel.capability import Capability
from webui import health, icons, language, statics, theme
from webui.accessibility import pages as accessibility
from webui.bench.room import ROOM as BENCH
from webui.components.room import ROOM as COMPONENTS
from webui.documentation import pages as documentation
from webui.integrations.room import ROOM as INTEGRATIONS
from webui.room import Room
from webui.trust import pages as trust

SHELL = Room(
    name="shell",
    pages=(
        accessibility.pages,
        documentation.pages,
        health.pages,
        icons.pages,
        language.pages,
        statics.pages,
        theme.pages,
        trust.pages,
    ),
)


def rooms_of(capabilities: Iterable[Capability], package: str = "webui") -> tuple[Room, ...]:
    """The `ROOM` in `<package>/<name>/room.py` of each capability that has such a folder."""
    folders = [f"{package}.{each.name}" for each in capabilities]
    return tuple(import_module(f"{each}.room").ROOM for each in folders if find_spec(each))


ROOMS = (SHELL, *rooms_of(HOUSE.rooms), INTEGRATIONS, BENCH, COMPONENTS)
