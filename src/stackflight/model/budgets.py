"""What one input may cost, each with what is said where it costs more.

Inputs come from strangers. Templates of a few kilobytes can ask for any amount of time and memory, by repetition inside
of repetition; no template that CloudFormation takes (1 MB, 500 resources) comes near one of these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """The `most` that is spent, and what is said beyond it; `{most}` in `says` stands for the number."""

    most: int
    says: str

    def __str__(self) -> str:
        return self.says.format(most=f"{self.most:,}")


# The process of the standard rules, for one template. A template of 1 MB with 500 resources takes 0.1 s and 270 MB.
RULES_SECONDS = Budget(10, "they took longer than {most} s")
RULES_MEGABYTES = Budget(2_000, "they took more than {most} MB of memory")
# Where the machine is busy or has no clock for a process, whatever the process does.
RULES_PATIENCE_SECONDS = Budget(180, "they gave no answer for {most} s")

# Nested stacks, each with all that is nested in it.
NESTED_LEVELS = Budget(5, "it is nested more than {most} levels deep")
NESTED_STACKS = Budget(500, "more than {most} stacks are nested")

# Two patterns of a policy held against each other: the length of one times that of the other.
PATTERN_STEPS = Budget(250_000, "two patterns of more than {most} combinations")
