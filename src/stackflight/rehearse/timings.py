"""Seconds that the service itself adds between one thing and the next: medians over public event histories.

The number behind each is how many operations it was taken from. Source: docs/concepts/rehearsal.md.
"""

from __future__ import annotations

CREATE_START = 2.4  # 14: from CREATE_IN_PROGRESS to the first resource
UPDATE_START = 3.0  # 64
DELETE_START = 2.0  # 5
ROLLBACK_START = 2.2  # 9
HOP_SECONDS = 0.4  # from the end of a resource to the start of its dependent
CANCEL_AFTER = 0.3  # 8: from the first failure to the cancellation of what is in flight
FAILURE_NOTICED = 0.4  # 8: from there to the rollback, and from the last deletion to the end of a rollback
COMPLETE_AFTER = 1.0  # 4: from the last resource to CREATE_COMPLETE
CLEAN_UP_AFTER = 2.1  # 43: from the last resource to the clean-up
CLEAN_UP_SECONDS = 1.6  # 43: from there to the first deletion, or to UPDATE_COMPLETE
CHILD_START = 0.7  # from a nested stack's event in its parent to the child's first
IMPORT_START = 3.0  # 1: from IMPORT_IN_PROGRESS to the first resource
IMPORT_SECONDS = 1.0  # 1: from there to its IMPORT_COMPLETE, and on to the update of its tags
IMPORT_TAGS_SECONDS = 20.0  # 1: that update
POLL_SECONDS = 12.0  # a parent looks at a nested stack every so often: seen 2 to 13 s after the child's end
