"""The numbers taken of a stream are the same set, in whatever order and grouping they come."""

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.received_numbers import MAX_RANGES, ReceivedNumbers

numbers = st.lists(st.integers(1, 40))


@given(st.lists(numbers))
def test_it_is_the_set_of_all_that_came(groups: list[list[int]]) -> None:
    received, expected = ReceivedNumbers(), set[int]()
    for group in groups:
        received = received.plus(group)
        expected.update(group)
    assert {seq for seq in range(-1, 45) if seq in received} == expected


@given(numbers)
def test_through_ends_at_the_first_gap(seqs: list[int]) -> None:
    received = ReceivedNumbers().plus(seqs)
    assert received.through + 1 not in seqs
    assert set(range(1, received.through + 1)) <= set(seqs)


@given(numbers)
def test_ranges_are_apart_and_in_order(seqs: list[int]) -> None:
    received = ReceivedNumbers().plus(seqs)
    last = received.through
    for first, end in received.also:
        assert last + 1 < first <= end
        last = end


@given(numbers)
def test_order_does_not_matter(seqs: list[int]) -> None:
    backwards = ReceivedNumbers()
    for seq in reversed(seqs):
        backwards = backwards.plus([seq])
    assert backwards == ReceivedNumbers().plus(seqs)


def test_of_too_many_gaps_the_first_are_given_up() -> None:
    every_other = range(2, 2 * MAX_RANGES + 6, 2)
    received = ReceivedNumbers().plus(every_other)
    assert received.through == 4
    assert len(received.also) == MAX_RANGES
    assert 3 in received
    assert 7 not in received


@given(numbers, st.integers(0, 45))
def test_what_is_missing_is_the_rest(seqs: list[int], last: int) -> None:
    received = ReceivedNumbers().plus(seqs)
    gaps = list(received.missing(last))
    found = {seq for first, end in gaps for seq in range(first, end + 1)}
    assert found == set(range(1, last + 1)) - set(seqs)
    assert all(first <= end for first, end in gaps)
    assert len(received) == len(set(seqs))


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5))))
def test_ranges_are_taken_like_their_numbers(spans: list[tuple[int, int]]) -> None:
    ranges = [(first, first + more) for first, more in spans]
    seqs = [seq for first, last in ranges for seq in range(first, last + 1)]
    assert ReceivedNumbers().including(ranges) == ReceivedNumbers().plus(seqs)
