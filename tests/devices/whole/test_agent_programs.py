"""A whole agent that is sent programs: it waits for rest, takes a good one, leaves a bad one."""

from collections.abc import Iterator

import pytest

from controller.wire.commands import Upgrade
from controller.wire.messages import AgentTelemetry, CommandReply, State
from controller.wire.signatures import Signer
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.devices.whole.agent_programs import NEW, Kept, made
from tests.devices.whole.agent_programs import place as place
from tests.devices.whole.agent_programs import store as store
from tests.support import program_archive
from tests.support.agent_place import AMINA, Place

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(1800)]


@pytest.fixture
def kept(place: Place, store: program_archive.Store) -> Iterator[Kept]:
    place.teach()
    kept = Kept(place)
    place.in_step()
    kept.boot = place.hub.wait(Channel.STATUS).boot_id
    yield kept
    kept.end()


def asked(kept: Kept, order: Upgrade) -> CommandReply:
    return kept.place.hub.command(order, kept.boot)


def told(place: Place, **wanted: object) -> AgentTelemetry:
    """Wait until the agent says that of its program."""

    def is_so(telemetry: AgentTelemetry) -> bool:
        program = telemetry.program
        return program is not None and all(
            getattr(program, name) == value for name, value in wanted.items()
        )

    found: AgentTelemetry = place.hub.wait(Channel.TELEMETRY, is_so)
    return found


def test_a_new_program_waits_for_the_job_and_a_broken_one_is_left(
    place: Place, store: program_archive.Store, kept: Kept
) -> None:
    """Nobody's job is cut, and the door is opened by the program from before the broken one."""
    good = made(place, store, 2000, program_archive.contents(NEW))
    with SimBench(place.socket) as bench:
        bench.do("tap", reader="laser", credential=AMINA)
        place.hub.wait(Channel.POINT, lambda point: point.session_id is not None)
        first = kept.agent.pid
        assert asked(kept, good).result == "done"
        told(place, state="waiting", coming=2000, serial=0)
        assert kept.agent.pid == first
        assert bench.state()["machines"]["laser"]["closed"], "the job goes on"
        place.hub.forget_messages()
        bench.do("tap", reader="laser", credential=AMINA)
        told(place, state="rest", serial=2000, coming=0)
        assert place.hub.wait(Channel.STATUS, lambda status: status.online).version == NEW

        files = program_archive.contents("9.0.1") | program_archive.BROKEN
        assert asked(kept, made(place, store, 2001, files)).result == "done"
        told(place, state="rest", serial=2000, failed=2001, reason="not_well")
        assert asked(kept, made(place, store, 2001, files)).reason == "failed_before"
        place.hub.forget_messages()
        bench.do("tap", reader="door", credential=AMINA)
        place.hub.wait(Channel.POINT, lambda point: point.state is State.RELEASED)


def test_what_nobody_signed_or_is_for_others_is_refused_and_not_even_fetched(
    place: Place, store: program_archive.Store, kept: Kept
) -> None:
    good = made(place, store, 2000, program_archive.contents(NEW))
    stranger = program_archive.order_of(store.archive(2000), 2000, NEW, Signer.generate())
    assert asked(kept, stranger).reason == "not_signed"
    other = Upgrade(
        serial=2000,
        version=NEW,
        architecture="riscv64",
        sha256=good.sha256,
        size=good.size,
        sig=good.sig,
    )
    assert asked(kept, other).reason == "not_signed"
    assert store.asked == []


def test_an_archive_that_is_not_what_was_signed_is_given_up_and_may_come_again(
    place: Place, store: program_archive.Store, kept: Kept
) -> None:
    good = made(place, store, 2000, program_archive.contents(NEW))
    archive = store.archive(2000)
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-20] + bytes(20))
    assert asked(kept, good).result == "done"
    told(place, state="rest", coming=0, failed=2000, reason="damaged")
    assert not (place.folder / "programs/2000").exists()
    archive.write_bytes(whole)
    place.hub.forget_messages()
    assert asked(kept, good).result == "done"
    told(place, state="rest", serial=2000)
