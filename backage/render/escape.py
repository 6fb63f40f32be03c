"""Text within XML and SVG: escaped, and without the characters that no XML document may hold."""

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENTITIES = {'"': "&quot;", "'": "&apos;", "\r": "&#13;"}


def clean_text(text: str) -> str:
    """Put U+FFFD for each character that XML 1.0 forbids: controls and lone surrogates."""
    return _FORBIDDEN.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Put a text on one line, without the controls that turn the direction of what follows."""
    return " ".join(clean_text(_BIDI.sub("", text)).split())


def escape_xml(text: str) -> str:
    """Make a text safe within an element and within an attribute."""
    return escape(clean_text(text), _ENTITIES)
