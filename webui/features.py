"""Find the web part of each feature in `controller.assembly`, in the folder of the same name."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from controller.assembly import HOUSE
from controller.kernel.capability import Capability
from webui import health, icons, language, statics, theme
from webui.accessibility import pages as accessibility
from webui.bench.feature import FEATURE as BENCH
from webui.components.feature import FEATURE as COMPONENTS
from webui.documentation import pages as documentation
from webui.feature import Feature
from webui.integrations.feature import FEATURE as INTEGRATIONS
from webui.settings import pages as settings
from webui.trust import pages as trust

SHELL = Feature(
    name="shell",
    pages=(
        accessibility.pages,
        documentation.pages,
        health.pages,
        icons.pages,
        language.pages,
        settings.pages,
        statics.pages,
        theme.pages,
        trust.pages,
    ),
)
"""Pages that belong to no capability."""


def features_of(capabilities: Iterable[Capability], package: str = "webui") -> tuple[Feature, ...]:
    """The `FEATURE` in `<package>/<name>/feature.py` of each capability that has such a folder."""
    folders = [f"{package}.{capability.name}" for capability in capabilities]
    return tuple(
        import_module(f"{folder}.feature").FEATURE for folder in folders if find_spec(folder)
    )


FEATURES = (SHELL, *features_of(HOUSE.features), INTEGRATIONS, BENCH, COMPONENTS)
