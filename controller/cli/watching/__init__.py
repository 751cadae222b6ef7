"""What `loquet watch` prints, wherever it reads it."""
