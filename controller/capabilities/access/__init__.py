"""What a tap would be answered, and why: `decide()` asked by people."""
