"""The feature *OpenID Connect*."""

from controller.kernel.capability import Capability

OIDC = Capability(name="oidc")
"""Lets people sign in through a provider, such as that of their town, university or the State."""
