"""Whatever is sent by any form: no error of ours; what was typed is still there when refused."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.security.web.conftest import Furnished
from tests.security.web.junk import forms
from tests.security.web.place import BOSS, Place
from tests.support.parsed import Form

JUNK = (
    "",
    " ",
    "\0",
    "a\0b",
    "-1",
    "0",
    "1e309",
    "NaN",
    "9" * 400,
    "99999999999999999999",
    "2026-02-30",
    "25:61",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "+262144-01-01",
    "../../etc/passwd",
    "%00",
    "null",
    "[]",
    '{"a": 1}',
    "é" * 5000,
    "\u202e\u2028\ufeff",
    "😀",
    "uid:00",
    "' OR 1=1 --",
    "[" * 60_000,
    '{"a":' * 20_000,
)
"""Of what has broken forms elsewhere."""
EXAMPLES = 100 if os.environ.get("LOQUET_SOAK") else 2
"""Of each form; all of them are sent in each example."""


@pytest.mark.timeout(900 + 3600 * bool(os.environ.get("LOQUET_SOAK")))
def test_no_junk_is_an_error_of_ours(place: Place, furnished: Furnished) -> None:
    visitor = place.visitor(BOSS)
    every, token, wrong = forms(furnished), visitor.token(), list[str]()
    assert len(every) > 30
    values = st.one_of(st.sampled_from(JUNK), st.text(st.characters(codec="utf-8"), max_size=40))

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        for form in every:
            fields = form.fields("Essai", next(form.presses(), None))
            for name in fields:
                if data.draw(st.booleans()):
                    fields[name] = data.draw(values)
            answer, _page = visitor.send(form.action, fields | {"csrf_token": token})
            if answer.status_code >= 500:
                wrong.append(f"{form.action} {fields}: {answer}")
            place.watch.put_back()

    run()
    assert not wrong, "\n".join(wrong)


def test_what_was_typed_is_kept_when_it_is_refused(place: Place, furnished: Furnished) -> None:
    """Where the page with the form is the answer."""
    visitor = place.visitor(BOSS)
    token, wrong, refused = visitor.token(), [], 0
    for form in forms(furnished):
        if any(control.kind == "password" for control in form.controls):
            continue  # nothing of it is ever shown again
        for bad in spoilt(form):
            typed = {name: f"{name} Qz" for name in form.typed("") if name not in bad}
            sent = form.fields() | typed | bad | {"csrf_token": token}
            answer, page = visitor.send(form.action, sent)
            place.watch.put_back()
            if answer.status_code != 422 or page is None:
                continue
            refused += 1
            shown = {control.value for other in page.forms for control in other.controls}
            if lost := set(typed.values()) - shown:
                wrong.append(f"{form.action} {bad}: lost {lost}")
    assert refused > 5
    assert not wrong, "\n".join(wrong)


def spoilt(form: Form) -> list[dict[str, str]]:
    """A few of its fields, each by itself, as no page offers it."""
    fields = [
        control
        for control in form.controls
        if control.name != "csrf_token" and control.kind != "text"
    ]
    typed = [control for control in form.controls if control.kind == "text"]
    return [{field.name: "\u2028" * 3} for field in (*fields[:2], *typed[:1])]
