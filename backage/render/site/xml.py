"""The XML twin of a package's file, for consumers that query by XPath.

    <?xml version="1.0" encoding="UTF-8"?>
    <bkg><owner_type>orgs</owner_type> ... <downloads>570.1M</downloads> ...
    <version><id>235119022</id> ... <tags>latest</tags><tags>v3.3.21</tags></version>
    </bkg>

The root is `bkg`, because existing badges read `/bkg/size`. Below it each key of the JSON is an element of
the same name, in the same order. A list repeats its element (`version`, and `tags` within it), and each of
`sizes` has its platform as an attribute. Begin a query at the root (`/bkg/downloads`): `//downloads` also
finds those of all versions. Filters work: `/bkg/version[latest="true"]/tags`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from backage.models.history import Version
from backage.render.format import escape_xml
from backage.render.package import LARGEST_FILE, Head, keep_versions

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def render_xml(head: Head, versions: Sequence[Version], largest: int = LARGEST_FILE) -> bytes:
    """Write the same keys and versions as `render_package`, as XML with a line for each version."""
    head, entries = keep_versions(head, versions, largest)
    lines = [f"{DECLARATION}\n<bkg>{_fields(head)}"]
    lines += (f"<version>{_fields(entry)}</version>" for entry, _ in entries)
    return "\n".join([*lines, "</bkg>\n"]).encode()


def _fields(entry: Mapping[str, Any]) -> str:
    return "".join(text for key, value in entry.items() for text in _elements(key, value))


def _elements(key: str, value: Any) -> Iterator[str]:  # noqa: ANN401 (whatever stands in the file)
    if isinstance(value, dict):
        for platform, size in value.items():
            yield f'<{key} platform="{escape_xml(platform)}">{_text(size)}</{key}>'
    else:
        items: Iterable[Any] = value if isinstance(value, list) else [value]
        for item in items:
            yield f"<{key}>{_text(item)}</{key}>"


def _text(value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return escape_xml(value) if isinstance(value, str) else str(value)
