"""Templates -> what each workload must reach, and why we think so."""

from stackflight.read.needs.find import find_needs

__all__ = ["find_needs"]
