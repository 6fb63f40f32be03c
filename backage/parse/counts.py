"""Numbers as GitHub's pages write them: `51098`, `1,862`, `51.1K`, `13.1m`."""

from __future__ import annotations

import re

from backage.models import Count

_PLAIN = re.compile(r"[0-9]{1,15}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}")
_SHORT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?([kmb])", re.ASCII | re.IGNORECASE)
_UNITS = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def parse_count(text: str) -> Count | None:
    """Read a number, or return None where the text is none; `51.1K` is 51100 and not exact."""
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return Count(int(text), exact=True)
    if _GROUPED.fullmatch(text):
        return Count(int(text.replace(",", "")), exact=True)
    if match := _SHORT.fullmatch(text):
        whole, fraction, unit = match[1], match[2] or "", _UNITS[match[3].lower()]
        return Count(int(whole + fraction) * unit // 10 ** len(fraction), exact=False)
    return None
