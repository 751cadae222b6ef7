"""The pages on which recipients unsubscribe from messages."""
