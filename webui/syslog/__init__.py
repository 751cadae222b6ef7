"""The log server, as the page *Integrations* shows it."""
