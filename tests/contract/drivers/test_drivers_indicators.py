"""Lights on simulated pins are what the pictures show; a group is several that are one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.drivers.light_patterns import BLUE, DARK, LOOKS, Step
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, Indicator, Look, Message
from devices.registry import INDICATOR, wire
from devices.sim.client import SimBench
from devices.sim.operations import EventKind
from devices.sim.timeline import Span, main, record, spans_from_edges
from devices.wiring import Context
from tests.contract.drivers.rig import BOARD, Events
from tests.support.pins import Pins

Make = Callable[[str], Context]
PINS = {"red": 12, "green": 13, "blue": 16, "buzzer": 20}
WAIT_S = 180.0


@pytest.fixture
def opened(context: Make) -> Iterator[Callable[..., Indicator]]:
    made: list[Indicator] = []

    def open_one(**table: Any) -> Indicator:
        made.append(wire(INDICATOR, table, "here").open(context("p/indicator")))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def _seen(spans: tuple[Span, ...]) -> list[tuple[tuple[float, ...], bool]]:
    return [(span.rgb, bool(span.sound)) for span in spans]


def _wanted(steps: tuple[Step, ...]) -> list[tuple[tuple[float, ...], bool]]:
    return [(step.colour, step.beep is not None) for step in steps]


def test_what_the_pins_did_is_what_the_pattern_says(
    bench: SimBench, opened: Callable[..., Indicator]
) -> None:
    """The order of colours and beeps; how long each lasted is the machine's load's business."""
    opened(driver="gpio", **PINS).show(Look.IDLE_WARNING)
    seen = _seen(record(bench, BOARD, PINS, 4.5))
    assert {colour for colour, _ in seen} <= {BLUE, DARK}
    left = iter(seen)
    assert all(one in left for one in _wanted(LOOKS[Look.IDLE_WARNING])), seen


def test_edges_become_spans() -> None:
    edges = [(0.5, "red", 1.0), (0.501, "green", 0.45), (1.0, "buzzer", 1.0), (1.2, "buzzer", 0.0)]
    assert spans_from_edges(edges, 2.0) == (
        Span(0.0, 0.5, (0.0, 0.0, 0.0)),
        Span(0.5, 1.0, (1.0, 0.45, 0.0)),
        Span(1.0, 1.2, (1.0, 0.45, 0.0), "beep"),
        Span(1.2, 2.0, (1.0, 0.45, 0.0)),
    )


class _Late(SimBench):
    """A bench whose answer is read only after something more has happened, as under load."""

    meanwhile: Callable[[], None]

    def watch(self, *kinds: EventKind) -> dict[str, Any]:
        answer = super().watch(*kinds)
        self.meanwhile()
        return answer


def test_what_happens_before_the_picture_is_read_is_seen(
    pins: Pins, bench: SimBench, opened: Callable[..., Indicator]
) -> None:
    light = opened(driver="gpio", **PINS)
    bench.watch("edge")

    def goes_on() -> None:
        light.show(Look.ARMED)
        bench.wait_for(lambda event: event["pin"] == PINS["blue"] and event["level"] == 1)

    with _Late(pins.socket) as late:
        late.meanwhile = goes_on
        assert BLUE in {span.rgb for span in record(late, BOARD, PINS, 0.1)}


def test_the_command_draws_what_it_saw(
    pins: Pins,
    bench: SimBench,
    opened: Callable[..., Indicator],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench.watch("edge")
    opened(driver="gpio", **PINS).show(Look.ARMED)
    bench.wait_for(lambda event: event["pin"] == PINS["blue"] and event["level"] == 1)
    where = ["--socket", pins.socket, "--board", BOARD, "--blue", "16", "--seconds", "1"]
    assert main(where) == 0
    assert 'fill="#1d1df2"' in capsys.readouterr().out
    assert main(["--socket", "/nowhere", "--board", BOARD]) == 1
    assert capsys.readouterr().err.startswith("timeline: no simulated hardware at /nowhere")


def test_a_group_shows_on_all_and_tells_one_fault(
    pins: Pins, bench: SimBench, events: Events, opened: Callable[..., Indicator]
) -> None:
    bench.watch("edge")
    folder = pins.folder / "oled"
    panel = {"driver": "display", "panel": "ssd1306", "bus": f"sim:{folder}"}
    other = {**panel, "panel": "sh1106", "bus": f"sim:{folder}-2"}
    group = opened(driver="group", each=[panel, {"driver": "gpio", "green": 13}, other])
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert (fault.device, fault.kind) == ("p/indicator", FaultKind.INDICATOR_UNREACHABLE)
    assert "(display): ssd1306 on sim:" in fault.detail or "(display): sh1106 on" in fault.detail
    group.show(Look.RELEASED, Message("Ouvrez"))
    assert bench.wait_for(lambda event: event["pin"] == 13)["level"] == 1, "the light goes on"
    folder.mkdir()
    (pins.folder / "oled-2").mkdir()
    cleared = events.next(FaultCleared, WAIT_S)
    assert cleared.device == "p/indicator"
    assert events.queue.empty(), "one fault for two panels"


def test_a_group_checks_each_of_its_indicators() -> None:
    def why(*item: dict[str, Any]) -> str:
        with pytest.raises(SettingsError) as raised:
            wire(INDICATOR, {"driver": "group", "each": list(item)}, "here")
        return str(raised.value)

    assert "no. 2.driver: unknown driver 'neon'; allowed: " in why(
        {"driver": "gpio", "red": 1}, {"driver": "neon"}
    )
    assert "no. 1: unknown key 'pink'" in why({"driver": "gpio", "pink": 1})
    assert "a list of indicators" in why()


def test_a_group_that_cannot_be_opened_holds_nothing(
    context: Make, opened: Callable[..., Indicator]
) -> None:
    taken = opened(driver="gpio", blue=16)
    table = {
        "driver": "group",
        "each": [{"driver": "gpio", "red": 12}, {"driver": "gpio", "blue": 16}],
    }
    with pytest.raises(DeviceError, match=r"^second: no. 2 \(gpio\): .*in use"):
        wire(INDICATOR, table, "here").open(context("second"))
    wire(INDICATOR, {"driver": "gpio", "red": 12}, "here").open(context("third")).close()
    taken.show(Look.ARMED)
