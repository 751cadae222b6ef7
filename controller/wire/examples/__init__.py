"""One example of everything that crosses the wire: for the documents, and as golden bytes."""
