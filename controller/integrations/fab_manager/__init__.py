"""fab-manager: imports data through its open API."""
