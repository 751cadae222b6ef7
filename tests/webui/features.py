"""What tests of features share with others."""

import re
from typing import Any

from webui.bench.hardware import HardwareError
from webui.feature import Page
from webui.features import FEATURES

PAGES = [page for feature in FEATURES for pages in feature.pages for page in pages]
GUARDED = [page for page in PAGES if page.permission is not None]


def away(_op: str, **_fields: object) -> dict[str, Any]:
    raise HardwareError("no simulated hardware")


def address(page: Page) -> str:
    """Of a thing that does not exist, where the page is of a thing."""
    return re.sub(r"<\w+>", "nothing", page.rule)
