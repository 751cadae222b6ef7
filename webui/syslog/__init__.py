"""The log server, as the *Integrations* page shows it."""
