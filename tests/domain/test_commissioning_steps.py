"""Every step of every wiring has its words; what shows it is what the agent journals."""

from itertools import chain, combinations, product
from typing import get_args

import pytest

from controller.domain.commissioning import MountedDevices, Step, StepName, steps
from controller.domain.facts import PointKind
from controller.domain.locale.commissioning import instruction, question
from controller.wire.events import Event
from tests.support.translation import EN, FR

INPUTS = ("estop", "estop-2", "interlock-lid", "start-lid", "contact", "rex", "fire", "lid")
WIRINGS = [
    MountedDevices(reader=reader, power=power, holds=holds, strike=strike, inputs=frozenset(inputs))
    for reader, power, holds, strike in product((False, True), repeat=4)
    for inputs in chain.from_iterable(combinations(INPUTS, n) for n in range(len(INPUTS) + 1))
]
ALL = [step for kind in PointKind for wiring in WIRINGS for step in steps(kind, wiring)]


def test_every_step_can_be_asked_for_and_each_once() -> None:
    assert {step.name for step in ALL} == set(StepName)
    for kind, wiring in product(PointKind, WIRINGS):
        names = [step.name for step in steps(kind, wiring)]
        assert len(names) == len(set(names))


def test_every_step_has_words_in_both_languages() -> None:
    for step in {(one.name, one.needs_remark): one for one in ALL}.values():
        french, english = (instruction(step, words) for words in (FR, EN))
        assert french != english
        asked = [question(step, words) for words in (FR, EN)]
        assert (asked[0] is None) is (asked[1] is None)
        assert not step.needs_remark or asked[0] is not None, "a remark answers a question"


def test_what_shows_a_step_is_an_event_that_agents_journal() -> None:
    types = {event.__struct_config__.tag for event in get_args(Event)}
    assert {name for step in ALL for name in step.events} <= types


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"type": "fault_raised", "fault": "estop", "input": "estop-2"}, True),
        ({"type": "fault_raised", "fault": "interlock"}, False),
        ({"type": "fault_reset", "fault": "estop"}, False),
        ({}, False),
    ],
)
def test_an_event_shows_the_step_that_it_says(said: dict[str, object], shown: bool) -> None:
    estop = Step(
        name=StepName.ESTOP, tested_wiring=(), events=("fault_raised",), fields={"fault": "estop"}
    )
    assert estop.shown_by(said) is shown
