"""What people have of a failed deployment (JSON, tables, progress output, logs, one message) -> History."""
