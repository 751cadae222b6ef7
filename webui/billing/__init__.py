"""Pages and API of billing: tariffs, statements, payments, the till."""
