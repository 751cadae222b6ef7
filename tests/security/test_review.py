"""The security review looked at every field that somebody may write: a new one is looked at too."""

import re
from collections import defaultdict
from collections.abc import Iterator

from controller.kernel.actor import Permission, Role
from tests.support.tree import ROOT
from webui.api.table import ROUTES
from webui.features import FEATURES

REVIEW = ROOT / "docs/security-review.md"
SECTION = "## What every role may write"
_ROW = re.compile(r"^\| `(?P<permission>[a-z:]+)` \| (?P<roles>[^|]*) \| (?P<fields>[^|]*) \|$")


def _written() -> Iterator[tuple[Permission, frozenset[str]]]:
    """By which permission what is written: fields of the API, and forms of the pages."""
    for route in ROUTES:
        body = route.body or route.patch_of
        if route.method != "GET" and route.permission is not None:
            yield route.permission, frozenset(getattr(body, "__struct_fields__", ()))
    for feature in FEATURES:
        for pages in feature.pages:
            for page in pages:
                if page.method == "POST" and page.permission is not None:
                    yield page.permission, frozenset()


def _rows() -> Iterator[str]:
    fields: defaultdict[Permission, set[str]] = defaultdict(set)
    for permission, some in _written():
        fields[permission] |= some
    for permission in sorted(fields):
        roles = ", ".join(role for role in Role if role in permission.roles)
        yield f"| `{permission}` | {roles} | {' '.join(sorted(fields[permission])) or '–'} |"


def test_the_review_names_every_permission_its_roles_and_every_field() -> None:
    """Decide what a new field decides for somebody else, then write its row here as this says."""
    section = REVIEW.read_text("utf-8").split(SECTION)[1].split("\n## ")[0]
    shown = [line for line in section.splitlines() if _ROW.match(line)]
    assert shown == list(_rows())
