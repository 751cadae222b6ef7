"""Generated from the pages: what a page does not show is refused, what it shows may be done."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from werkzeug.test import TestResponse

from controller.kernel.actor import Role
from tests.security.web.conftest import Furnished, Walked
from tests.security.web.place import BOSS, Place
from tests.security.web.visitor import Seen, Visitor
from tests.security.web.whose import NOTHING, Things, things
from tests.support.parsed import Form
from tests.webui.fuzz.fuzz_world import ELSEWHERE, THERE_MARK
from webui.feature import Page
from webui.features import FEATURES

pytestmark = pytest.mark.timeout(1800)  # the sites are furnished by the first that comes

PAGES = [page for feature in FEATURES for pages in feature.pages for page in pages]
NAMING = [page for page in PAGES if "<" in page.rule and page.permission is not None]
"""Those of a thing."""
OF_THE_FRAME = ("signin.", "language.", "theme.", "me.end_session", "needs.send")
"""What anybody may do, and what would end the session."""
REFUSED = (403, 404)


TYPED = "04A1B2C3D4E5F6"
"""In every empty field: a name, and the number of a badge."""
ROLES = [
    pytest.param(Role.ADMIN, marks=pytest.mark.long),
    *(role for role in Role if role is not Role.ADMIN),
]
"""An admin sees what a manager sees, as yet."""


def told_of_theirs(answer: TestResponse, theirs: set[str], asked: str) -> set[str]:
    """What an answer tells of the other site, but for what was asked about."""
    text = answer.get_data(as_text=True) + str(answer.headers)
    return {name for name in (*theirs, THERE_MARK) if name in text and name not in asked}


def addresses(furnished: Furnished, page: Page, theirs: set[str]) -> Iterator[str]:
    """Of a thing of the other site; of a thing of theirs that is said to be of one of ours."""
    here, there = furnished.places
    found = there.address(page.rule)
    yield found
    named = [place for place, part in enumerate(page.rule.split("/")) if part.startswith("<")]
    if len(named) > 1:
        own, other = here.address(page.rule).split("/"), found.split("/")
        mixed = [*other[: named[0]], own[named[0]], *other[named[0] + 1 :]]
        if theirs & set(mixed):
            yield "/".join(mixed)


def is_refused(visitor: Visitor, answer: TestResponse, *, form: bool) -> bool:
    """Not there, or not allowed; or it leads to where one is told so.

    Where no form is known what was sent may be malformed before it is anybody's.
    """
    if answer.status_code == 303:
        answer, _page = visitor.get(answer.headers["Location"])
    return answer.status_code in (REFUSED if form else (*REFUSED, 400, 422))


@pytest.mark.parametrize("role", Role)
def test_what_another_site_has_is_not_there(place: Place, furnished: Furnished, role: Role) -> None:
    visitor = place.visitor(role)
    with place.database.read() as db:
        theirs = things(db).of(ELSEWHERE)
    token, wrong = visitor.token(), []
    for page in NAMING:
        forms = [form for _, form in furnished.theirs.forms[page.endpoint]]
        fields = (forms[0].fields(TYPED) if forms else {}) | {"csrf_token": token}
        for address in addresses(furnished, page, theirs):
            assert NOTHING not in address, f"no page shows what {page.rule} may be asked for"
            if not theirs & set(address.split("/")):
                continue  # it names a year or an act, which are nobody's
            if page.method == "GET":
                answers = [visitor.get(address, part=part)[0] for part in (False, True)]
            else:
                answers = [visitor.send(address, fields)[0]]
            told = set[str]()
            for answer in answers:
                told |= told_of_theirs(answer, theirs, f"{address} {fields}")
            is_good = all(is_refused(visitor, answer, form=bool(forms)) for answer in answers)
            changed = place.watch.changed()
            place.watch.put_back()
            if told or changed or not is_good:
                wrong.append(f"{page.method} {address}: {answers} tells {told} {changed[:4]}")
    assert not wrong, "\n".join(wrong)


def swapped(form: Form, found: Things) -> Iterator[dict[str, str]]:
    """The form with one of its fields naming a thing of the other site."""
    fields = form.fields(TYPED)
    for control in form.controls:
        values = [control.value, *(value for value, _ in control.options)]
        other = next((o for v in values if (o := found.alike(v, ELSEWHERE))), None)
        if other and control.name:
            yield fields | {control.name: other}


def changes(seen: Seen) -> Iterator[tuple[str, Form]]:
    """Forms that change something but the language and the session; of like ones the first.

    Those of *Catch up* come last: it repeats what a thing's own page shows to more roles.
    """
    count = Counter[tuple[str, str]]()
    for endpoint, every in seen.forms.items():
        for where, form in sorted(every, key=lambda found: found[0].startswith("/since")):
            deed = endpoint, form.action.rpartition("/")[2]
            count[deed] += 1
            if count[deed] == 1 and not endpoint.startswith(OF_THE_FRAME):
                yield where, form


@pytest.mark.parametrize("role", [BOSS, Role.DESK])
def test_no_field_of_a_form_reaches_another_site(place: Place, walked: Walked, role: str) -> None:
    visitor = place.visitor(role)
    seen = walked(role)
    with place.database.read() as db:
        found = things(db)
    theirs = found.of(ELSEWHERE)
    token, wrong, count = visitor.token(), [], 0
    for _, form in changes(seen):
        for fields in swapped(form, found):
            count += 1
            answer, _page = visitor.send(form.action, fields | {"csrf_token": token})
            told = told_of_theirs(answer, theirs, str(fields))
            changed = [
                row
                for row in place.watch.changed()
                if any(name in row for name in (*theirs, THERE_MARK))
            ]
            place.watch.put_back()
            if told or changed or answer.status_code >= 500:
                wrong.append(f"{form.action} {fields}: {answer} tells {told} {changed[:4]}")
    assert not wrong, f"of {count}\n" + "\n".join(wrong)
    assert count >= 3


@pytest.mark.parametrize("role", [BOSS, Role.DESK, Role.TRAINER])
def test_no_question_reaches_another_site(place: Place, walked: Walked, role: str) -> None:
    visitor = place.visitor(role)
    seen = walked(role)
    with place.database.read() as db:
        found = things(db)
    wrong = []
    for address in seen.pages:
        path, _, query = address.partition("?")
        for name, value in parse_qsl(query):
            other = found.alike(value, ELSEWHERE)
            if other is not None:
                answer, _page = visitor.get(f"{path}?{name}={other}")
                if told := told_of_theirs(answer, found.of(ELSEWHERE), other):
                    wrong.append(f"{address} {name}={other} tells {told}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_does_not_show_is_refused(
    place: Place, furnished: Furnished, walked: Walked, role: Role
) -> None:
    """A refusal in words is one too: nothing is changed."""
    visitor = place.visitor(role)
    shown = walked(role).actions()
    token, wrong = visitor.token(), []
    for _, form in changes(furnished.own):
        if form.action in shown:
            continue
        fields = form.fields(TYPED, next(form.presses(), None))
        answer, _page = visitor.send(form.action, fields | {"csrf_token": token})
        changed = place.watch.changed()
        place.watch.put_back()
        if answer.status_code not in (*REFUSED, 303, 422) or changed:
            wrong.append(f"{form.action} {fields}: {answer} {changed[:4]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_where_a_page_leads_may_be_opened(walked: Walked, role: Role) -> None:
    assert walked(role).refused == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_shows_may_be_done(place: Place, walked: Walked, role: Role) -> None:
    visitor = place.visitor(role)
    seen = walked(role)
    token, wrong, done = visitor.token(), [], set[str]()
    for where, form in changes(seen):
        for press in form.presses():
            fields = form.fields(TYPED, press)
            answer, _page = visitor.send(form.action, fields | {"csrf_token": token})
            if place.watch.has_moved():
                place.watch.put_back()
                done.add(form.action)
            if answer.status_code not in (200, 303, 422):
                wrong.append(f"{where}: {form.action} {fields}: {answer}")
    assert not wrong, "\n".join(wrong)
    if role is Role.MANAGER:
        assert len(done) > 30, done


def test_greyed_acts_change_nothing(place: Place, walked: Walked) -> None:
    visitor = place.visitor(BOSS)
    seen = walked(BOSS)
    token, wrong = visitor.token(), []
    for _, form in changes(seen):
        for press in (button for button in form.buttons if button.is_disabled):
            fields = form.fields(TYPED, press)
            answer, _page = visitor.send(form.action, fields | {"csrf_token": token})
            changed = place.watch.changed()
            place.watch.put_back()
            if changed or answer.status_code >= 500:
                wrong.append(f"{form.action} {fields}: {answer} {changed[:4]}")
    assert not wrong, "\n".join(wrong)
