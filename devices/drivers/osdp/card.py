"""What an OSDP reader's raw card data (osdp_RAW, IEC 60839-11-5) is as a credential."""

from controller.domain.ids import CredentialId
from firmware_bridge.wiegand import FORMATS, data_bits

UID_BITS = (32, 56, 80)
EM_BITS = 40


def credential_of(bits: int, data: bytes, *, uid_reversed: bool = False) -> CredentialId:
    """The id of a card, the same as any other reader gives it.

    32, 56 and 80 bits are a whole ISO 14443 UID; 26, 34 and 37 a Wiegand frame, whose parity is
    checked; 40 an EM4100. The first bit is the highest one of the first byte. Raises ValueError.
    """
    size = (bits + 7) // 8
    if bits <= 0 or len(data) < size:
        raise ValueError(f"{len(data)} bytes for {bits} bits")
    data = data[:size]
    if bits in UID_BITS:
        return CredentialId(f"uid:{(data[::-1] if uid_reversed else data).hex().upper()}")
    if bits == EM_BITS:
        return CredentialId(f"em:{int.from_bytes(data[1:], 'big'):010d}")
    if bits in FORMATS:
        return CredentialId(f"wg{bits}:{data_bits(data, bits):0{(bits + 1) // 4}X}")
    known = ", ".join(str(one) for one in sorted((*UID_BITS, EM_BITS, *FORMATS)))
    raise ValueError(f"a card of {bits} bits; known: {known}")
