"""The hub keys that an agent trusts: those of its enrolment, until the signed `site` row lists
others."""

from collections.abc import Iterable, Mapping

from controller.wire.base64url import b64decode
from controller.wire.link import IncomingMessage
from controller.wire.rows import HubKey
from controller.wire.signatures import Signature, verify


class HubKeys:
    """The trusted keys. They are replaced as a whole, so any thread may use them."""

    def __init__(self, enrolled: Iterable[HubKey]) -> None:
        self._enrolled = _by_kid(enrolled)
        self._trusted = self._enrolled

    def trust_listed(self, keys: Iterable[HubKey]) -> None:
        """Trust the keys in the site's row.

        If it lists none, the enrolment's keys stay, since the agent could not receive anything
        otherwise.
        """
        self._trusted = _by_kid(keys) or self._enrolled

    def is_signed(self, message: IncomingMessage) -> bool:
        """Return whether a trusted hub key has signed this payload for this topic."""
        if message.kid is None or message.sig is None:
            return False
        key = self._trusted.get(message.kid)
        signature = Signature(message.kid, message.sig)
        return key is not None and verify(key, message.topic, message.payload, signature)


def _by_kid(keys: Iterable[HubKey]) -> Mapping[str, bytes]:
    return {key.kid: b64decode(key.public_key) for key in keys}
