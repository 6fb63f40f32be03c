"""Hostile texts in place of the name of an owner, package or version, or of a tag."""

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

UNFIT_NAMES = (
    "..",
    ".",
    ".json",
    ".git",
    ".GIT.",
    "git~1",
    "../../../etc/passwd",
    "/etc/passwd",
    "a//b",
    "a/../b",
    "C:\\x",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "\x1b[31mred",
    "\x9b31m",
    "\u202egnp",
    "\u2066x\u2069",
    "a\u2028b",
    "x" * 241,
    "\u0433" * 41,  # six bytes each in an address
)
"""Names of packages that cannot be file names."""

FIT_NAMES = (
    "-rf",
    "$(id)",
    "=1+1",
    "@acme",
    "+cmd",
    "::error::x",
    "##[error]x",
    "<b>x</b>",
    "a|b",
    "`a`",
    "[a](b)",
    "![a](x)",
    "*_~",
    "a&b;",
    "'a\"",
    "a  b c",
    "a';DROP/**/TABLE/**/package;--",
    "{{7*7}}",
    "%2e%2e",
    "%00",
    "con",
    "aux.json",
    "NUL",
    "a.",
    "a:b",
    "charts/widget",
    "\u65e5\u672c",
    "z" + "\u0301" * 9,
    "x" * 240,
)
"""Valid names of packages, whatever they look like."""

TAGS = (
    "latest",
    "::error::x",
    "##[error]x",
    "=1+1",
    "+cmd",
    "-rf",
    "@acme",
    "../x",
    "<b>x</b>",
    "</script>",
    "]]>",
    "a|b",
    "`a`",
    "[a](https://example.org)",
    "{{7*7}}",
    "'--",
    'a"b',
    "y" * 256,
    "\u65e5\u672c",
)
"""Valid tags and names of versions."""

UNFIT_TAGS = ("a,b", "\x1b[31m", "\u202eb", "x" * 257, "\x9b31m")
"""Invalid tags."""
