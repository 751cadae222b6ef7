"""What may be published of counts of people, so that nobody is found in them."""
