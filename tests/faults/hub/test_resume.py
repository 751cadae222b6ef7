"""A hub says `resume` to whoever may think that it holds more than it does."""

from controller.hub.resume import AGAIN_S, STREAMS_PER_AGENT, Resumes
from controller.wire.events import AccessGranted
from tests.hub.conftest import Place
from tests.hub.conftest import place as place


def test_the_first_acknowledgement_of_a_stream_says_resume(place: Place) -> None:
    """As whatever a hub says first after its start, and so after each restore."""
    agent = place.agent
    agent.record(AccessGranted)
    place.send(agent.batch())
    assert place.ack().resume
    agent.record(AccessGranted, at_s=1)
    place.send(agent.batch())
    assert not place.ack().resume
    agent.new_stream()
    agent.record(AccessGranted, at_s=2)
    place.send(agent.batch())
    assert place.ack().resume


def test_what_is_held_after_a_restore_is_told_without_an_event(place: Place) -> None:
    agent = place.agent
    for at_s in range(5):
        agent.record(AccessGranted, at_s=at_s)
    place.send(agent.batch(agent.journal[:2]))
    place.ingest.resume([(agent.site, agent.name, agent.stream)])
    assert len(place.link.published) == 1, "it was told already"
    place.ingest._resumes.forget(agent.name)
    place.ingest.resume([(agent.site, agent.name, agent.stream)])
    ack = place.ack()
    assert (ack.resume, ack.through, ack.also) == (True, 2, ())
    agent.new_stream()
    place.ingest.resume([(agent.site, agent.name, agent.stream)])
    assert (place.ack().stream, place.ack().through) == (agent.stream, 0)


def test_who_was_told_is_told_again_after_a_while_and_after_a_new_connection() -> None:
    now = [0.0]
    resumes = Resumes(lambda: now[0])
    resumes.mark_sent(("pi", "a"))
    assert not resumes.is_due(("pi", "a"))
    assert resumes.is_due(("pi", "b"))
    now[0] = AGAIN_S
    assert resumes.is_due(("pi", "a"))
    resumes.mark_sent(("pi", "a"))
    resumes.mark_sent(("other", "a"))
    resumes.forget("pi")
    assert (resumes.is_due(("pi", "a")), resumes.is_due(("other", "a"))) == (True, False)
    resumes.forget()
    assert resumes.is_due(("other", "a"))


def test_an_agent_that_makes_up_streams_fills_no_memory() -> None:
    resumes = Resumes()
    for number in range(1000):
        resumes.mark_sent(("pi", f"{number}"))
    assert sum(map(len, resumes._sent_s.values())) == STREAMS_PER_AGENT
    assert not resumes.is_due(("pi", "999"))
