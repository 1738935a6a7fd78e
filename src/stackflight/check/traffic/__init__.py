"""Load balancers, names and APIs."""
