"""The hub's key of the examples; like all keys in documents, it serves nobody."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.wire.examples import example_values
from controller.wire.signatures import Signer

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(example_values.PRIVATE_KEY))
