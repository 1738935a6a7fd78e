"""What services refuse, demand and do, row by row."""
