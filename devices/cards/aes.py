"""AES-128 as these cards use it: CBC without padding of its own, and CMAC (NIST SP 800-38B)."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

KEY_BYTES = BLOCK = 16
FACTORY = bytes(KEY_BYTES)
"""The key of every slot of a new card."""
_NO_IV = bytes(BLOCK)


def encrypt(key: bytes, data: bytes, iv: bytes = _NO_IV) -> bytes:
    """Whole blocks, enciphered in CBC."""
    step = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return step.update(data) + step.finalize()


def decrypt(key: bytes, data: bytes, iv: bytes = _NO_IV) -> bytes:
    """Whole blocks, deciphered in CBC."""
    step = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return step.update(data) + step.finalize()


def cmac(key: bytes, data: bytes) -> bytes:
    """All 16 bytes."""
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def short_mac(key: bytes, data: bytes) -> bytes:
    """MACt: every second byte of the CMAC, which is what these cards send (AN12196, 3.3)."""
    return cmac(key, data)[1::2]


def pad(data: bytes) -> bytes:
    """Whole blocks after ISO/IEC 9797-1, method 2: a block more when it fits already."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)
