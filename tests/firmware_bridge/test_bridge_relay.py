"""One relay: power is wished by `turn_on` alone, and no answer, late or lost, brings it back."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.codes import Flag, Reason, Type
from firmware_bridge.messages import Status
from firmware_bridge.relay import SET_BODY, AuxiliaryContact, Relay

TTL_MS = 800


@dataclass
class Told:
    """What a relay told."""

    states: list[bool | None] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    welds: list[tuple[bool, bool | None]] = field(default_factory=list)
    """Whether it is welded, and the state that was read back before."""

    def read_back(self, on: bool | None) -> None:
        self.states.append(on)

    def dropped(self, why: str) -> None:
        self.drops.append(why)

    def welded(self, welded: bool) -> None:
        self.welds.append((welded, self.states[-1]))


def status(pins: int = 0, inputs: int = 0) -> Status:
    """What is read back."""
    return Status(pins, pins, inputs, Flag(0), 0, 0, (0, 0, 0, 0))


@pytest.fixture
def told() -> Told:
    return Told()


def relay_on(told: Told, sense: AuxiliaryContact | None = None) -> Relay:
    """A relay that was asked for and read back as closed at 1 s."""
    relay = Relay(0, TTL_MS, sense, told)
    off = relay.next(0.0)
    assert off is not None
    relay.answered(off)
    relay.turn_on(1.0)
    order = relay.next(1.0)
    assert order is not None
    relay.answered(order)
    relay.seen(status(pins=1, inputs=1 if sense else 0), 1.0)
    return relay


def test_it_is_opened_first_of_all(told: Told) -> None:
    relay = Relay(2, TTL_MS, None, told)
    order = relay.next(0.0)
    assert order is not None
    assert (order.type, order.body) == (Type.OFF, b"\x04")
    relay.answered(order)
    assert relay.next(0.0) is None


def test_the_time_that_is_asked_for_counts_from_the_agents_sign_of_life(told: Told) -> None:
    relay = relay_on(told)
    relay.renew(2.0)
    order = relay.next(2.25)
    assert order is not None
    assert (order.type, SET_BODY.unpack(order.body)) == (Type.RENEW, (1, TTL_MS - 250))


def test_one_sign_of_life_is_one_renewal(told: Told) -> None:
    relay = relay_on(told)
    relay.renew(2.0)
    order = relay.next(2.0)
    assert order is not None
    relay.answered(order)
    assert relay.next(2.1) is None


def test_a_sign_of_life_during_a_renewal_is_passed_on(told: Told) -> None:
    relay = relay_on(told)
    relay.renew(2.0)
    order = relay.next(2.0)
    assert order is not None
    relay.renew(2.2)
    relay.answered(order)
    again = relay.next(2.2)
    assert again is not None
    assert again.type is Type.RENEW


def test_a_grant_that_could_not_be_sent_in_time_is_dropped(told: Told) -> None:
    relay = Relay(0, TTL_MS, None, told)
    relay.turn_on(1.0)
    order = relay.next(1.0 + (TTL_MS - 199) / 1000)
    assert order is not None
    assert order.type is Type.OFF
    assert told.drops == ["the microcontroller did not answer in time"]


def test_a_late_sign_of_life_is_no_renewal(told: Told) -> None:
    relay = relay_on(told)
    relay.renew(2.0)
    assert relay.next(2.0 + TTL_MS / 1000) is None


def test_what_ran_out_stays_off(told: Told) -> None:
    relay = relay_on(told)
    relay.seen(status(), 3.0)
    assert told.drops == ["its time ran out: the agent did not renew it"]
    assert told.states[-1] is False
    relay.renew(3.1)
    order = relay.next(3.1)
    assert order is not None
    assert order.type is Type.OFF


@pytest.mark.parametrize(
    ("reason", "says"), [(Reason.ESTOP, "E-stop"), (Reason.EXPIRED, "had run out")]
)
def test_a_refusal_ends_it(reason: Reason, says: str, told: Told) -> None:
    relay = relay_on(told)
    relay.renew(2.0)
    order = relay.next(2.0)
    assert order is not None
    relay.refused(order, reason)
    assert says in told.drops[0]
    relay.renew(2.1)
    assert not relay.wants_on


def test_a_status_of_before_the_grant_says_nothing(told: Told) -> None:
    relay = Relay(0, TTL_MS, None, told)
    relay.turn_on(1.0)
    relay.seen(status(), 1.0)
    assert told.drops == []


def test_a_lost_link_is_unknown_and_wished_off(told: Told) -> None:
    relay = relay_on(told)
    relay.lost("the cable was pulled")
    assert (told.states[-1], told.drops) == (None, ["the cable was pulled"])
    order = relay.next(2.0)
    assert order is not None
    assert order.type is Type.OFF


def test_a_contact_that_stays_closed_is_welded_once_it_had_its_time(told: Told) -> None:
    sense = AuxiliaryContact(input=0, closed_high=True, settle_s=0.2)
    relay = relay_on(told, sense)
    relay.turn_off()
    relay.seen(status(pins=0, inputs=1), 2.0)
    assert (told.states[-1], told.welds) == (None, [])
    relay.seen(status(pins=0, inputs=1), 2.3)
    assert (told.states[-1], told.welds) == (True, [(True, True)])
    relay.seen(status(pins=0, inputs=0), 2.4)
    assert (told.states[-1], told.welds) == (False, [(True, True), (False, False)])


def test_a_contact_that_never_closes_is_dropped(told: Told) -> None:
    sense = AuxiliaryContact(input=0, closed_high=True, settle_s=0.2)
    relay = Relay(0, TTL_MS, sense, told)
    relay.turn_on(1.0)
    order = relay.next(1.0)
    assert order is not None
    relay.answered(order)
    relay.seen(status(pins=1), 1.0)
    relay.seen(status(pins=1), 1.3)
    assert "auxiliary contact is open" in told.drops[0]


DEEDS = st.lists(
    st.sampled_from(["renew", "lost", "status_on", "status_off", "refused", "next", "answered"]),
    max_size=40,
)


@given(DEEDS)
def test_after_the_wish_ended_no_order_closes_it_whatever_comes(deeds: list[str]) -> None:
    relay = relay_on(Told())
    relay.turn_off()
    order = relay.next(2.0)
    for step, deed in enumerate(deeds):
        now_s = 2.0 + step / 100
        match deed:
            case "renew":
                relay.renew(now_s)
            case "lost":
                relay.lost("x")
            case "status_on" | "status_off":
                relay.seen(status(pins=int(deed == "status_on")), now_s)
            case "refused" if order is not None:
                relay.refused(order, Reason.SEQ)
            case "answered" if order is not None:
                relay.answered(order)
        order = relay.next(now_s)
        assert order is None or order.type is Type.OFF
