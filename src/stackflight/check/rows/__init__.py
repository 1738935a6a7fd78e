"""The language of the rows in facts/: conditions, comparisons, sentences."""
