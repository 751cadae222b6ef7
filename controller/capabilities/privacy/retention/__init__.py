"""What is not needed any more: made anonymous or removed, once a day, while totals stay equal."""
