"""What `loquet setup` puts on a computer, and `loquet remove` takes away again."""
