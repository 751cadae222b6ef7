"""Every alarm that can be raised has words in both languages, and something to do about it."""

import ast
import html
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.alarms.alarms import Alarm
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.clock.clock_check import UNSURE, Doubt
from controller.domain import states
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.database import Database
from devices import ports
from tests.support.tree import ROOT
from tests.webui.conftest import SITE, sign_in
from webui import i18n
from webui.alarms import views as alarms

RAISED_IN = ("controller/hub", "controller/capabilities", "devices/agent")
NOW = Utc.parse("2026-12-02T10:00:00.000Z")
NAMES = ("KIND", "FAULT", "ALARM")


def kinds_in_code() -> Iterator[str]:
    """What is given as `kind=` to whatever raises an alarm, as `fault=` of an event, or named."""
    for path in (path for folder in RAISED_IN for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in ("_alarm(", *NAMES)):
            continue  # parsing all of them is a second of each worker's time
        tree = ast.parse(text)
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id.rpartition("_")[2] in NAMES
        }
        yield from (value for value in named.values() if isinstance(value, str))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in ("raise_alarm", "keep_alarm"):
                yield from (
                    key.value.value
                    for key in node.keywords
                    if key.arg == "kind"
                    and isinstance(key.value, ast.Constant)
                    and isinstance(key.value.value, str)
                )


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


EVENTS = {"door_forced", "door_held", "fire", "journal_degraded", "policy_rejected"}
EVENTS |= {"journal_gap", "state_lost"}
IN_CODE = frozenset(kinds_in_code())
STREAMS = {"journal_fork", "journal_chain", "quarantine"}
KINDS = sorted(
    {kind.value for kind in (*states.FaultKind, *ports.FaultKind)} | EVENTS | STREAMS | IN_CODE
)


def test_the_code_names_kinds_to_look_for() -> None:
    found = {"power_cut", "badge_guessing", "certification_refused", "told_dangerous"}
    assert found <= IN_CODE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_and_advice_in_both_languages(kind: str) -> None:
    said = {}
    for language in Language:
        i18n.use(language, HOUSE.locale)
        said[language] = alarms.alarm_texts(kind, HOUSE.alarms)
    i18n.use(Language.FR)
    for title, todo in said.values():
        assert title != kind.replace("_", " ")
        assert todo
    assert said[Language.FR] != said[Language.EN]


@pytest.mark.parametrize("gone", [True, False])
def test_an_alarm_about_somebody_whose_record_is_gone_says_so(gone: bool) -> None:
    raised = Alarm(
        id="1",
        site_id="here",
        kind="grant_without_plan",
        access_point=None,
        agent_id="pi",
        detail={"member": None if gone else "its reference"},
        raised_at=NOW,
        active=True,
        cleared_at=None,
        taken_by=None,
        taken_at=None,
        by_hand=True,
        resolved_by=None,
        resolved_at=None,
        remark=None,
        holder_id=None if gone else "2",
    )
    said = {Language.FR: "une personne dont la fiche n’existe plus"}
    said[Language.EN] = "somebody whose record is gone"
    for language, words in said.items():
        i18n.use(language, HOUSE.locale)
        view = alarms.alarm(
            raised, 1, "", HOUSE.alarms, {}, {}, NOW, ZoneInfo("Europe/Paris"), False
        )
        assert any(words in part.text for part in view.parts) is gone
    i18n.use(Language.FR)


@pytest.mark.parametrize("doubt", [Doubt.BEHIND, Doubt.UNSYNCHRONISED])
def test_an_unsure_date_says_what_waits_and_who_can_confirm_it(
    client: FlaskClient, database: Database, doubt: Doubt
) -> None:
    with database.write() as db:
        set_alarm(
            db,
            key="clock_unsure:fablab",
            site_id=SITE,
            kind=UNSURE.kind,
            access_point=None,
            detail={"doubt": doubt.value},
            is_on=True,
            now=NOW,
        )
    for role, may in (("manager", True), ("trainer", False)):
        sign_in(client, role)
        text = html.unescape(client.get("/").get_data(as_text=True))
        assert "La date du serveur semble fausse" in text
        assert ('href="/erasures"' in text.partition("</main>")[0].partition("<main")[2]) is may
        assert ("le résumé du matin" in text) is (doubt is Doubt.BEHIND)
