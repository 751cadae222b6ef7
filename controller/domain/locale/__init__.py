"""What is said to people, from typed reasons."""
