"""Open data: figures that anybody may take, and in which nobody is found."""
