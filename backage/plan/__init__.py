"""What to read, and what follows from the pages: pure functions of pages and history."""
