"""AES-128 as these cards use it: CBC without automatic padding, and CMAC (NIST SP 800-38B)."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

KEY_BYTES = BLOCK = 16
FACTORY = bytes(KEY_BYTES)
"""The key in every slot of a new card."""
_NO_IV = bytes(BLOCK)


def encrypt(key: bytes, data: bytes, iv: bytes = _NO_IV) -> bytes:
    """Encrypt whole blocks with CBC."""
    step = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return step.update(data) + step.finalize()


def decrypt(key: bytes, data: bytes, iv: bytes = _NO_IV) -> bytes:
    """Decrypt whole blocks with CBC."""
    step = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return step.update(data) + step.finalize()


def cmac(key: bytes, data: bytes) -> bytes:
    """Return all 16 bytes of the CMAC."""
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def short_mac(key: bytes, data: bytes) -> bytes:
    """Return MACt, every second byte of the CMAC, as these cards send it (AN12196, 3.3)."""
    return cmac(key, data)[1::2]


def pad(data: bytes) -> bytes:
    """Pad to whole blocks by ISO/IEC 9797-1, method 2; data that fits already gets another
    block."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)
