"""OpenID Connect: a provider identifies people; what they may do is decided in Loquet."""
