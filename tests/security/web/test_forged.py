"""Generated from the table of routes: whatever changes something takes a form of one's own page."""

import pytest
from werkzeug.test import TestResponse

from controller.kernel.actor import Role
from tests.security.web.conftest import Furnished
from tests.security.web.place import BOSS, Place
from tests.security.web.visitor import CHANGING, Visitor
from webui.api.problem import PREFIX

pytestmark = pytest.mark.timeout(1800)  # the sites are furnished by the first that comes

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
)
OWN: tuple[dict[str, str], ...] = (
    {},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin"},
)
"""The address at which tests ask, and the public one."""


def changing(furnished: Furnished, visitor: Visitor) -> list[tuple[str, str, dict[str, str]]]:
    """Method, address and fields of each route that may change something, but for the API."""
    found = []
    for rule in visitor.app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX) or "<site>" in rule.rule:
            continue
        address = furnished.places[0].address(rule.rule)
        forms = furnished.own.forms.get(rule.endpoint, [])
        fields = forms[0][1].fields("04A1B2C3D4E5F6") if forms else {}
        methods = sorted((rule.methods or set()) & set(CHANGING))
        found += [(method, address, fields) for method in methods]
    assert len(found) > 60
    return found


def is_stale(answer: TestResponse) -> bool:
    """The page that says so."""
    said = answer.get_data(as_text=True)  # a form of programs has no page that could be stale
    return answer.status_code == 400 and ("plus à jour" in said or "mal formée" in said)


def test_no_route_changes_anything_without_its_token(place: Place, furnished: Furnished) -> None:
    """Nor with that of somebody else's session, or a broken one."""
    visitor, other = place.visitor(BOSS), place.visitor(Role.MANAGER)
    tokens, wrong = ("", other.token(), visitor.token()[:-2] + "xx"), []
    for number, (method, address, fields) in enumerate(changing(furnished, visitor)):
        for sent in (fields, fields | {"csrf_token": tokens[number % len(tokens)]}):
            answer, _page = visitor.send(address, sent, method=method)
            if not is_stale(answer) or place.watch.changed():
                wrong.append(f"{method} {address} {sent}: {answer}")
                place.watch.put_back()
    assert not wrong, "\n".join(wrong)


def test_no_route_changes_anything_for_a_page_of_another_origin(
    place: Place, furnished: Furnished
) -> None:
    visitor = place.visitor(BOSS)
    token, wrong = visitor.token(), []
    for number, (method, address, fields) in enumerate(changing(furnished, visitor)):
        headers = FOREIGN[number % len(FOREIGN)]
        sent = fields | {"csrf_token": token}
        answer, _page = visitor.send(address, sent, method=method, headers=headers)
        if not is_stale(answer) or place.watch.changed():
            wrong.append(f"{method} {address} {headers}: {answer}")
            place.watch.put_back()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("headers", OWN)
def test_a_form_of_a_page_of_ours_is_taken(place: Place, headers: dict[str, str]) -> None:
    visitor = place.visitor(BOSS)
    sent = {"csrf_token": visitor.token(), "text": "Essai"}
    answer, _page = visitor.send("/desk/notes", sent, headers=headers)
    assert answer.status_code == 303
    assert place.watch.changed()


def test_the_api_takes_no_cookie(place: Place) -> None:
    """So that no page can have a browser ask it in somebody's name."""
    visitor = place.visitor(BOSS)
    wrong = []
    for rule in visitor.app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX):
            address = rule.rule.replace("<", "").replace(">", "")
            for method in sorted((rule.methods or set()) & set(CHANGING)):
                answer, _page = visitor.send(address, {}, method=method)
                if not 400 <= answer.status_code < 500 or place.watch.changed():
                    wrong.append(f"{method} {address}: {answer}")
    assert not wrong, "\n".join(wrong)
