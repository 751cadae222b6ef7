"""Badge frames: every right one gives its id, a damaged one never gives another."""

from hypothesis import given
from hypothesis import strategies as st

from devices.drivers.serial_line.em4100_frame import FrameDecoder, FrameKind, MalformedFrame
from devices.sim.serial_reader import frame

EM = frozenset({FrameKind.EM})
BOTH = frozenset(FrameKind)
EM_IDS = st.integers(0, 0xFFFF_FFFF).map("em:{:010d}".format)
UIDS = st.sampled_from((4, 7, 10)).flatmap(
    lambda size: st.binary(min_size=size, max_size=size).map(lambda uid: f"uid:{uid.hex().upper()}")
)
MODELS = st.sampled_from(("rdm6300", "id12"))


def test_a_published_frame() -> None:
    # A card printed 0013530444, as its owner showed it: forum.seeedstudio, 125 kHz module, UART.
    found = list(FrameDecoder(EM).feed(b"\x023C00CE754CCB\x03"))
    assert found == ["em:0013530444"]


def test_id12_ends_its_frame_with_cr_lf_etx() -> None:
    assert list(FrameDecoder(EM).feed(b"\x023C00CE754CCB\r\n\x03")) == ["em:0013530444"]


@given(EM_IDS | UIDS, MODELS, st.integers(1, 26))
def test_a_frame_in_pieces_gives_its_id_with_the_last_byte(
    credential: str, model: str, piece: int
) -> None:
    data, decoder = frame(credential, model), FrameDecoder(BOTH)
    before = [found for byte in data[:-1] for found in decoder.feed(bytes((byte,)))]
    assert before == []
    assert list(decoder.feed(data[-1:])) == [credential]
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    assert [found for part in pieces for found in decoder.feed(part)] == [credential]


@given(EM_IDS, MODELS, st.data())
def test_one_damaged_byte_never_gives_another_id(
    credential: str, model: str, data: st.DataObject
) -> None:
    good = bytearray(frame(credential, model))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] = data.draw(st.integers(0, 255))
    ids = [found for found in FrameDecoder(EM).feed(bytes(good)) if isinstance(found, str)]
    assert ids in ([], [credential])


@given(EM_IDS, st.data())
def test_lost_bytes_never_give_another_id(credential: str, data: st.DataObject) -> None:
    good = frame(credential)
    lost = data.draw(st.sets(st.integers(0, len(good) - 1), min_size=1, max_size=6))
    rest = bytes(byte for at, byte in enumerate(good) if at not in lost)
    assert [found for found in FrameDecoder(EM).feed(rest) if isinstance(found, str)] == []


@given(st.binary(max_size=60).filter(lambda noise: b"\x02" not in noise), EM_IDS)
def test_after_noise_the_next_frame_is_read(noise: bytes, credential: str) -> None:
    *bad, last = FrameDecoder(EM).feed(noise + frame(credential))
    assert last == credential
    assert all(isinstance(found, MalformedFrame) for found in bad)


@given(st.lists(EM_IDS, max_size=5))
def test_half_a_frame_costs_itself_only(credentials: list[str]) -> None:
    data = b"".join(frame(credential)[:7] + frame(credential) for credential in credentials)
    found = list(FrameDecoder(EM).feed(data))
    assert [one for one in found if isinstance(one, str)] == credentials
    assert sum(isinstance(one, MalformedFrame) for one in found) == len(credentials)


def test_a_reader_of_em_cards_takes_no_uid() -> None:
    (found,) = FrameDecoder(EM).feed(frame("uid:04A1B2C3D4E5F6"))
    assert isinstance(found, MalformedFrame)


@given(st.binary(max_size=400))
def test_whatever_comes_the_decoder_keeps_little(noise: bytes) -> None:
    decoder = FrameDecoder(BOTH)
    list(decoder.feed(noise))
    assert len(decoder._body or b"") <= 24
