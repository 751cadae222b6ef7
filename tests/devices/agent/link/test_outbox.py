"""Batches on their way: at most four, retried with growing pauses, at once on reconnection."""

from random import Random

from devices.agent.journal.outbox import BATCHES_IN_FLIGHT, RETRY_MAX_S, Outbox


def test_room_for_four_batches() -> None:
    outbox = Outbox(Random(1))
    for first in range(1, 1 + BATCHES_IN_FLIGHT):
        assert outbox.has_capacity()
        outbox.note_sent([first], 0.0)
    assert not outbox.has_capacity()
    outbox.acknowledge([(1, 1)])
    assert outbox.has_capacity()


def test_a_batch_is_offered_again_after_ten_seconds_more_or_less_then_twice_as_long() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1, 2, 3], 100.0)
    first = outbox.next_due()
    assert first is not None
    assert 105.0 <= first <= 115.0
    assert outbox.due(first - 0.1) == []
    (batch,) = outbox.due(first)
    assert (batch.first, batch.last) == (1, 3)
    second = outbox.next_due()
    assert second is not None
    assert 10.0 <= second - first <= 30.0


def test_the_pause_grows_to_five_minutes() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1], 0.0)
    due = 0.0
    for _ in range(12):
        due = outbox.next_due() or 0.0
        outbox.due(due)
    last = outbox.next_due()
    assert last is not None
    assert due + RETRY_MAX_S / 2 <= last <= due + RETRY_MAX_S * 1.5


def test_a_reconnection_offers_everything_at_once() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1], 0.0)
    outbox.note_sent([2], 0.0)
    outbox.hurry(1.0)
    assert [batch.first for batch in outbox.due(1.0)] == [1, 2]
    due = outbox.next_due()
    assert due is not None
    assert due <= 16.0


def test_what_is_acknowledged_is_not_offered_again() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1, 2, 3, 4], 0.0)
    outbox.acknowledge([(1, 1), (3, 3)])
    (batch,) = outbox.due(60.0)
    assert batch.pending == {2, 4}
    outbox.acknowledge([(1, 9)])
    assert outbox.next_due() is None
    assert outbox.sent_to == 4


def test_what_reached_nobody_is_offered_when_a_hub_is_there() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1], 0.0)
    outbox.no_subscriber()
    outbox.note_sent([2], 0.1)
    outbox.hub_seen(0.2)
    assert [batch.first for batch in outbox.due(0.2)] == [1]
    outbox.hub_seen(0.3)
    assert outbox.due(0.3) == []


def test_a_hub_that_comes_back_is_offered_what_it_left_unanswered() -> None:
    outbox = Outbox(Random(1))
    outbox.note_sent([1], 0.0)
    outbox.hub_seen(4.9)
    assert outbox.due(4.9) == []
    outbox.hub_seen(5.0)
    assert [batch.first for batch in outbox.due(5.0)] == [1]
