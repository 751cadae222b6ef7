"""405 says which methods there are: a problem document of the API, a page elsewhere."""

import pytest
from flask import Flask

METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}


def addresses(app: Flask) -> set[str]:
    """One of each rule, with something in the place of its parameters."""
    rules = {rule.rule.replace("<path:", "<") for rule in app.url_map.iter_rules()}
    return {rule.replace("<", "x-").replace(">", "") for rule in rules}


@pytest.mark.parametrize("api", [True, False])
def test_405_always_says_what_is_allowed(app: Flask, api: bool) -> None:
    """A third of the other methods in turn: what is answered comes of the address alone."""
    client, routes, sent = app.test_client(), app.url_map.bind("localhost"), 0
    for number, address in enumerate(sorted(addresses(app))):
        if address.startswith("/api/") != api:
            continue
        # Of all rules: /agents/claim is also /agents/{id}.
        allowed = set(routes.allowed_methods(address))
        for method in sorted(METHODS - allowed)[number % 3 :: 3]:
            answer = client.open(address, method=method)
            where = f"{method} {address}: {answer.status_code} Allow: {answer.headers.get('Allow')}"
            assert answer.status_code == 405, where
            assert set(answer.headers.get("Allow", "").split(", ")) == allowed, where
            kind = "application/problem+json" if api else "text/html"
            assert answer.mimetype == kind, where
            sent += 1
    assert sent > (300 if api else 100)
