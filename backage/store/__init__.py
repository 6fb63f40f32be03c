"""The history: one SQLite file, change-only, with two views as its documented dataset."""

from __future__ import annotations

from backage.store.history import History, IndexPackage, open_history

__all__ = ["History", "IndexPackage", "open_history"]
