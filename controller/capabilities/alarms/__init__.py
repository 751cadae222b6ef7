"""What somebody must see, who has taken it on, and when it is over."""
