"""Ids, people and times that the examples share."""

from controller.domain.ids import AccessPointId, AgentId, CredentialId, HolderKey, MemberRef
from controller.domain.time import Utc
from controller.wire.card_keys import CardKeys, KeySet
from controller.wire.card_wrapping import wrap_door_key, wrap_order
from controller.wire.keys import holder_key

AT = Utc.parse("2026-11-24T09:30:00.000Z")
LATER = Utc.parse("2026-11-24T17:00:00.000Z")
LAST_YEAR = Utc.parse("2025-11-24T00:00:00.000Z")
NEXT_YEAR = Utc.parse("2027-11-24T00:00:00.000Z")

BOOT = "5a1c2f0e-8d1b-4c2e-9a55-1f6f0c3b7d21"
STREAM = "01938f5e-2b00-7c3a-8f11-6f0d2c9a4b10"
SESSION = "01938f5e-9c40-7d21-b3a4-52e1f0c7d8a9"
COMMAND = "01938f5e-a410-7b52-9c31-0d4e5f6a7b8c"
REQUEST = "01938f5e-ac00-7a63-8d42-1e5f6a7b8c9d"
WINDOW = "01938f5e-b3e0-7974-9e53-2f6a7b8c9dae"
EVENT = "01938f5e-bbd0-7885-8f64-3a7b8c9daebf"

AGENT = AgentId("pi-workshop")
LASER = AccessPointId("laser-1")
DOOR = AccessPointId("front-door")
PRINTER = AccessPointId("printer-1")
ADA = MemberRef("m7Qx2LkT9vRa")
GRACE = MemberRef("mB4wZ8nYc1Ue")
CREDENTIAL = CredentialId("uid:04A1B2C3D4E5F6")
CREDENTIAL_KEY = bytes(range(32))
"""The site's credential key in the examples: bytes 0 to 31."""
KEY: HolderKey = holder_key(CREDENTIAL_KEY, CREDENTIAL)
CARD_KEYS = KeySet(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
"""The keys of the badge in the examples: bytes 0 to 47."""
DOOR_KEY = wrap_door_key(CREDENTIAL_KEY, KEY, CARD_KEYS.door)
"""`CARD_KEYS.door`, wrapped for a policy row."""
ORDERED_KEYS = wrap_order(CREDENTIAL_KEY, KEY, CardKeys(CARD_KEYS))
"""`CARD_KEYS`, wrapped for `personalise_card`."""
PRIVATE_KEY = bytes(range(1, 33))
"""The hub's private Ed25519 key in the examples: bytes 1 to 32."""
