"""The week of a place: one running place, and what its people do from Monday to Tuesday week."""
