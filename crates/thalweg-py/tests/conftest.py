"""What pytest leaves to others: the examples of types are for type checkers. And Ctrl-C, which tests press."""

import signal

collect_ignore = ["typing"]

# A shell has programs in the background ignore Ctrl-C, and Python leaves it at that.
signal.signal(signal.SIGINT, signal.default_int_handler)
