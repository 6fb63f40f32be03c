"""Numbers as the published index has always written them: cut to one decimal, not rounded.

3039 is `3k`, 570175446 is `570.1M`; sizes count bytes in thousands with a space: 36803 is `36.8 kB`.
The step to the next unit is at 999.9 and not at 1000, so 999901 to 999999 are `0.9M`: badges have shown
it so for years, and a URL's meaning does not move either.
"""

UNKNOWN = "unknown"
_UNITS = ("", "k", "M", "B", "T", "P", "E")
_SIZES = ("", " kB", " MB", " GB", " TB", " PB", " EB")


def format_count(number: int | None) -> str:
    """Write a count, or `unknown`."""
    return _format(number, _UNITS)


def format_size(number: int | None) -> str:
    """Write a number of bytes, or `unknown`."""
    return _format(number, _SIZES)


def _format(number: int | None, units: tuple[str, ...]) -> str:
    if number is None:
        return UNKNOWN
    divisor, step = 1, 0
    while number * 10 > 9999 * divisor and step < len(units) - 1:
        divisor, step = divisor * 1000, step + 1
    whole, tenth = divmod(number * 10 // divisor, 10)
    return f"{whole}.{tenth}{units[step]}" if tenth else f"{whole}{units[step]}"
