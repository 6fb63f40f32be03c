"""Lines that strangers might write where the name of an owner belongs."""

from __future__ import annotations

HOSTILE = (
    "../../x",
    "$(id)",
    "a b",
    "-rf",
    "::set-output name=x::y",
    "x" * 40,
    "mon\u0430-lab",  # a Cyrillic letter
    "\uff4dona-lab",  # a letter of full width
    "mona\0lab",
    "\u202emona-lab",
    "x" * 1_000_000,
)
