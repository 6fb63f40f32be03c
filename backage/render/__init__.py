"""The index as text: the same values give the same bytes. What stands for unknown is decided here alone."""
