"""Killed between a commit and what follows from it: whoever is next tells it, once, in order."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines import commands
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import AccessPointRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.outbox import post_news
from controller.live import Live
from controller.policy import head
from controller.wire.codec import decode
from controller.wire.commands import Identify
from controller.wire.messages import Command, PolicyHead
from controller.wire.topics import Topics
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.running import Running
from tests.hub.world import SITE, World
from tests.support.tree import ROOT


@pytest.fixture
def world(engine: Engine) -> World:
    """One agent with two machines; nothing of their making is left to be told."""
    return World.make(engine)


def start(url: str, what: str, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.hub.dying", what, url, *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def end(process: "subprocess.Popen[str]") -> int:
    """How it ended, of itself."""
    returncode = process.wait(60)  # its input stays open until then: at its end it would stop
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    return returncode


def say(database: Database, *keys: str) -> None:
    """Each in a transaction of its own."""
    for key in keys:
        with database.write() as db:
            post_news(db, PointNews(site=SITE, key=key))


def told(file: Path) -> Iterator[tuple[int, str]]:
    for line in file.read_text().splitlines():
        position, key = line.split()
        yield int(position), key


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reader_that_is_killed_has_told_everything_in_order(
    world: World, database_url: str, tmp_path: Path, when: str
) -> None:
    file = tmp_path / "told"
    say(world.database, *(f"a{number}" for number in range(8)))
    assert end(start(database_url, "reader", str(file), when)) == -signal.SIGKILL
    lost = len(list(told(file)))
    say(world.database, *(f"b{number}" for number in range(4)))
    assert end(start(database_url, "reader", str(file), "never")) == 0
    lines = list(told(file))
    wanted = [f"a{number}" for number in range(8)] + [f"b{number}" for number in range(4)]
    once = dict(lines)
    assert [once[position] for position in sorted(once)][-12:] == wanted
    assert list(dict.fromkeys(position for position, _ in lines)) == sorted(once), "out of order"
    again = [line for number, line in enumerate(lines) if line in lines[:number]]
    assert bool(again) == (when == "after"), "told twice, if at all, is what was in hand"
    assert lost, "it died before it had told anything"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_killed_hub_did_not_send_the_next_one_sends(world: World, database_url: str) -> None:
    agent, database = world.agents[0], world.database
    killed = start(database_url, "hub")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "working\n"
    _ask(database, agent)
    with database.write() as db:
        db.get_one(AccessPointRow, agent.points[0]).in_service = False
    assert end(killed) == -signal.SIGKILL
    live = Live("embedded")
    with Running(Database(database.engine, live, house=HOUSE), live) as running:
        sent = running.link.wait_for(
            lambda message: message.topic == Topics(SITE).agent_command(agent.name), 60.0
        )
        assert decode(sent.payload, Command).value.type == "identify"
        with database.read() as db:
            version = head(db, SITE).version
        running.link.wait_for(
            lambda message: (
                message.topic == Topics(SITE).policy_head()
                and decode(message.payload, PolicyHead).value.version == version
            )
        )
    live.close()
    topic = Topics(SITE).agent_command(agent.name)
    assert len([message for message in running.link.published if message.topic == topic]) == 1


def _ask(database: Database, agent: FakeAgent) -> None:
    with database.write() as db:
        db.add(
            AgentState(
                agent_id=agent.name,
                online=True,
                boot_id=agent.boot_id,
                connection=1,
                protocols=["1"],
                epoch=1,
                policy_version=1,
                seen_at=START,
            )
        )
        db.flush()
        commands.send(
            db,
            agent_id=agent.name,
            access_point_id=None,
            args=Identify(),
            actor=Actor.system("test"),
            now=wall_clock(),
            valid_s=60,
        )
