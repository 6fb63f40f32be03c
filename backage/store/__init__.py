"""The history: one SQLite file, change-only, with two views as its documented dataset."""
