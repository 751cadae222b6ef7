"""The protocol of ISO/IEC 14443-4: RATS, chained blocks, waiting time extension, and recovery."""

from devices.drivers.contactless.iso14443_frame import (
    CardError,
    Channel,
    GarbledFrame,
    NoAnswer,
    strip_check,
    with_crc,
)

RATS = b"\xe0\x50"
"""Request for ATS, with CID 0 and frames of at most 64 bytes, the size of the MFRC522's FIFO."""
RATS_ANSWER_S = 0.0055
"""71680 carrier cycles (5.6.1)."""
FRAME_SIZES = (16, 24, 32, 40, 48, 64)
UNIT_S = 4096 / 13.56e6
"""Unit of waiting times: 4096 carrier cycles."""
I_BLOCK, R_ACK, R_NAK, S_DESELECT, S_WTX = 0x02, 0xA2, 0xB2, 0xC2, 0xF2
CHAINING, NUMBER = 0x10, 0x01
FAILURES = 8
"""How many failed frames in a row end the conversation."""
LONGEST_S = 5.0
"""How long a card may delay one block by asking for more time."""


class IsoDep:
    """A conversation with one activated card; a CardChannel.

    Rule numbers are of ISO/IEC 14443-4.
    """

    def __init__(self, channel: Channel, frame_size: int, wait_s: float) -> None:
        """`frame_size` is the longest frame that the card accepts, `wait_s` how long it may take to
        answer."""
        self._channel = channel
        self._room = frame_size - 3
        self._wait_s = wait_s
        self._number = 0

    def apdu(self, command: bytes) -> bytes:
        """See CardChannel."""
        pieces = [command[at : at + self._room] for at in range(0, len(command), self._room)]
        for piece in pieces[:-1]:
            self._block(I_BLOCK | CHAINING, piece, R_NAK, R_ACK)
        last = pieces[-1] if pieces else b""
        answer = self._block(I_BLOCK, last, R_NAK, I_BLOCK)
        whole = answer[1:]
        while answer[0] & CHAINING:
            answer = self._block(R_ACK, b"", R_ACK, I_BLOCK)
            whole += answer[1:]
        return whole

    def deselect(self) -> bool:
        """End the conversation; return whether the card, now halted, confirmed it.

        Raises OSError.
        """
        for _ in range(3):
            try:
                if self._exchange(bytes((S_DESELECT,)), self._wait_s)[0] == S_DESELECT:
                    return True
            except CardError:
                continue
        return False

    def _block(self, kind: int, data: bytes, recovery: int, expected: int) -> bytes:
        """Send a block until the expected kind of block arrives with the same number (rules 2 to
        7)."""
        block = bytes((kind | self._number,)) + data
        send, wait_s, waited_s = block, self._wait_s, 0.0
        failures = 0
        while failures < FAILURES and waited_s < LONGEST_S:
            try:
                got = self._receive(send, wait_s)
            except CardError:
                failures += 1
                send, wait_s = bytes((recovery | self._number,)), self._wait_s
                continue
            if got[0] == S_WTX:
                wait_s = min(self._wait_s * max(1, got[1] & 0x3F), LONGEST_S)
                waited_s += wait_s
                send = bytes((S_WTX, got[1] & 0x3F))
            elif got[0] & ~(CHAINING | NUMBER) == expected and got[0] & NUMBER == self._number:
                self._number ^= 1
                return got
            else:
                failures += 1
                send, wait_s = self._next_block(got, block, recovery), self._wait_s
        raise NoAnswer("the card is gone, or takes too long")

    def _receive(self, send: bytes, wait_s: float) -> bytes:
        """Receive one frame of a known kind. Raises CardError."""
        got = self._exchange(send, wait_s)
        is_known = got[0] & ~(CHAINING | NUMBER) == I_BLOCK or got[0] & ~NUMBER == R_ACK
        if not is_known and not (got[0] == S_WTX and len(got) == 2):
            raise GarbledFrame(f"a block of unknown kind: {got.hex()}")
        return got

    def _next_block(self, got: bytes, block: bytes, recovery: int) -> bytes:
        """Return what to send next; an R(ACK) with the other number means that the block was lost
        (rule 6)."""
        if got[0] & ~NUMBER == R_ACK and got[0] & NUMBER != self._number:
            return block
        return bytes((recovery | self._number,))

    def _exchange(self, block: bytes, wait_s: float) -> bytes:
        return strip_check(self._channel.exchange(with_crc(block), wait_s))


def activate(channel: Channel) -> IsoDep:
    """Request the selected card's ATS, and begin a conversation.

    Raises CardError; the card then ignores RATS until it is selected again.
    """
    ats = strip_check(channel.exchange(with_crc(RATS), RATS_ANSWER_S))
    if len(ats) != ats[0]:
        raise GarbledFrame(f"an ATS of {len(ats)} bytes that says {ats[0]}")
    size_code, wait_code, guard_code = _parse_ats(ats)
    size = FRAME_SIZES[min(size_code, len(FRAME_SIZES) - 1)]
    if guard_code:
        channel.wait(UNIT_S * 2**guard_code)
    return IsoDep(channel, size, UNIT_S * 2**wait_code)


def _parse_ats(ats: bytes) -> tuple[int, int, int]:
    """Return FSCI, FWI and SFGI of an ATS (5.2); defaults if it is short, or for the reserved
    15."""
    if len(ats) < 2:
        return 2, 4, 0
    at_tb = 2 + (ats[1] >> 4 & 1)
    tb = ats[at_tb] if ats[1] & 0x20 and len(ats) > at_tb else 0x40
    wait_code, guard_code = tb >> 4, tb & 0x0F
    return ats[1] & 0x0F, 4 if wait_code == 15 else wait_code, 0 if guard_code == 15 else guard_code
