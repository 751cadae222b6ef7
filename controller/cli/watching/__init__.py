"""The lines that `loquet watch` prints, from this database or from a remote controller."""
