"""OpenID Connect: a provider says who somebody is; what they may do is said here."""
