"""What pytest leaves to others: the examples of types are for type checkers."""

collect_ignore = ["typing"]
