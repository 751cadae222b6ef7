"""The database's history, one file a step; run through `controller.store.migrate`."""
