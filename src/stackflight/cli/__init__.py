"""The command line: the only reader of arguments and environment, and the only place that catches errors."""
