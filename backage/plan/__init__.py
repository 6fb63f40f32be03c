"""What to read, and what follows from what was read: pure decisions over pages and history."""
