"""What OpenID Connect gives to the house."""

from controller.kernel.capability import Capability

OIDC = Capability(name="oidc")
"""People sign in by a provider of their town, their university or the State."""
