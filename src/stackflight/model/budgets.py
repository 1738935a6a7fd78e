"""What one input may cost, each with what is said where it costs more.

Inputs come from strangers. Templates of a few kilobytes can ask for any amount of time and memory, by repetition inside
of repetition; no template that CloudFormation takes (1 MB, 500 resources) comes near one of these.
"""

from __future__ import annotations

from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """The `most` that is spent, and what is said beyond it; `{most}` in `says` stands for the number."""

    most: int
    says: str

    def __str__(self) -> str:
        return self.says.format(most=f"{self.most:,}")


# The process of the standard rules, for one template. A template of 1 MB with 500 resources takes 0.1 s and 270 MB; 450 with all rules of cdk-preflight.
RULES_SECONDS = Budget(10, "they took longer than {most} s")
RULES_MEGABYTES = Budget(1_500, "they took more than {most} MB of memory")
# Where the machine is busy or has no clock for a process, whatever the process does.
RULES_PATIENCE_SECONDS = Budget(180, "they gave no answer for {most} s")

# Nested stacks, each with all that is nested in it.
NESTED_LEVELS = Budget(5, "it is nested more than {most} levels deep")
NESTED_STACKS = Budget(500, "more than {most} stacks are nested")

# Two patterns of a policy held against each other: the length of one times that of the other.
PATTERN_STEPS = Budget(250_000, "two patterns of more than {most} combinations")

# What a template makes while it is read.
NESTED_VALUES = Budget(200, "it is nested more than {most} levels deep")
MADE_CHARACTERS = Budget(1_000_000, "a text of more than {most} characters, which is more than a template may hold")
MADE_VALUES = Budget(20_000, "more than {most} values that repeat one another")
LOOP_VALUES = Budget(500_000, "its loops make more than {most} values")
LOOP_ITEMS = Budget(1_000, "it loops over more than {most} items")
LOOP_ENTRIES = Budget(2_000, "it makes more than {most} entries")  # a template holds 500 resources, 200 outputs

# Code of one function: what is longer is no handler that somebody wrote, and is not read.
CODE_CHARACTERS = Budget(200_000, "its code has more than {most} characters")
CODE_LEVELS = Budget(250, "its code is nested more than {most} levels deep")
FOLDER_FILES = Budget(20_000, "more than {most} files below one folder")

# Words that are looked for among the known ones, to say what was meant.
NEAR_CHARACTERS = Budget(128, "a name of more than {most} characters")
NEAR_WORDS = Budget(50, "more than {most} misspelt references")

# A rehearsal: its runs, each with other luck, times the resources of the world.
PLAYED_RESOURCES = Budget(30_000, "more than {most} resources in all runs together")

# The translator of SAM names the resources that it refuses; it is asked again without them.
SAM_ROUNDS = Budget(20, "more than {most} times the translator of SAM refuses more of them")
