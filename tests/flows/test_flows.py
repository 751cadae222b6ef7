"""Each flow end to end over the demo, with its acts counted: no more than the issue allows."""

from itertools import product
from typing import Any

import pytest

from tests.flows.all_flows import FLOWS
from tests.flows.flow import WAYS, Done, Flow, Theatre, Way
from tests.flows.ledger import whole, written

IN_CI = {(flow.name, WAYS[(at * 3) % len(WAYS)]) for at, flow in enumerate(FLOWS)}
"""Each once; manner, width and language alternate."""


def _cases() -> list[Any]:
    return [
        pytest.param(
            flow,
            way,
            id=f"{flow.name}-{way}",
            marks=pytest.mark.again if (flow.name, way) in IN_CI else pytest.mark.long,
        )
        for flow, way in product(FLOWS, WAYS)
    ]


@pytest.mark.needs("chromium")
@pytest.mark.needs("mosquitto")
@pytest.mark.parametrize(("flow", "way"), _cases())
def test_flow(theatre: Theatre, ledger: list[Done], flow: Flow, way: Way) -> None:
    done = theatre.play(flow, way)
    ledger.append(done)
    assert done.acts <= flow.acts
    assert done.person_s <= flow.person_s


def test_a_proof_does_each_in_every_way() -> None:
    """Otherwise nothing is written."""
    assert all({"long", "again"} & {mark.name for mark in case.marks} for case in _cases())


def test_what_is_written_is_what_was_counted(ledger: list[Done]) -> None:
    """But of what was done in every way: that is written anew."""
    titles = {flow.name: flow.title for flow in FLOWS}
    assert list(written()) == list(titles.values())
    anew = whole(ledger)
    some = [result for result in ledger if result.flow not in anew]
    wrong = [result for result in some if result.acts not in written()[titles[result.flow]]]
    assert not wrong, "./run prove --long -k test_flow writes docs/flows.md anew"
