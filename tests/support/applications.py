"""The web applications that tests make: what each started ends with its test."""

from collections.abc import Iterator, Sequence

import pytest
from flask import Flask

from tests.support.compiled import KnownMap, Templates, share_statements
from tests.support.papers import share_papers
from webui.app import create_app
from webui.context import WebContext
from webui.feature import Feature
from webui.features import FEATURES

Flask.url_map_class = KnownMap
share_papers()
share_statements()
_MADE: list[Flask] = []
_COMPILED = Templates()
"""What the templates of every application here were compiled to."""


def an_application(context: WebContext, features: Sequence[Feature] = FEATURES) -> Flask:
    """As `create_app` makes it."""
    app = create_app(context, features)
    app.jinja_env.bytecode_cache = _COMPILED
    _MADE.append(app)
    return app


@pytest.fixture(autouse=True, scope="session")
def all_applications_end() -> Iterator[None]:
    """Those of a module or a session too."""
    yield
    _end(0)


@pytest.fixture(autouse=True)
def applications_end() -> Iterator[None]:
    """Those that the test made; a module's were there before, for fixtures come by their scope."""
    before = len(_MADE)
    yield
    _end(before)


def _end(first: int) -> None:
    for app in _MADE[first:]:
        app.extensions["broadcast"].close()
    del _MADE[first:]
