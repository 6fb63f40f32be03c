"""Every error the program raises on purpose; anything else is a bug and shows its traceback.

BackageError                  one sentence for the user
├── ConfigError               wrong usage or configuration: an option, owners.txt, a database
│   ├── DamagedError          a saved history is not what was written
│   └── RemoteError           a repository's remote, or its host, did not do what was asked
├── EventError                what was sent is no event that can be counted
├── TakenError                an owner's name belongs to another source
├── SourceError               a file or a table to import is not what it should be
├── StoppedError              the run's budget is spent, or the run was told to stop
└── ReadError                 something at an address could not be read
    ├── NotFoundError         404: missing, private or renamed, which GitHub does not tell apart
    │   └── MovedError        a package's page leads to that of another owner
    ├── DeniedError           401 or 403 that is no limit: the token is missing or not enough
    ├── LimitError            the host asks us to wait, longer than the run is ready to
    ├── ServerError           5xx, or a page that says so under status 200
    ├── UnreachableError      no connection, a timeout, a body cut short
    │   └── NoConnectionError nobody answers at the host: no other of its addresses will either
    ├── LoginWallError        a redirect to the login page
    ├── RedirectError         a redirect to another host, or in a circle
    ├── BodyError             a body too large, or one that does not decode
    ├── DoubtfulError         what a page says cannot well be, and waits for the next day
    └── PageChangedError      a page that came whole and lacks what a parser needs
        └── UnfitTextError    it lacks what a stranger chose, which tells nothing of GitHub's markup
"""

import errno

_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room and run it again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "this user has to be allowed to write there"),
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR, errno.EEXIST), "move away what stands there"),
}
"""What to do about what a system says of a file."""


class BackageError(Exception):
    """An error whose text is a sentence for the user."""


class ConfigError(BackageError):
    """Wrong usage or configuration."""


class DamagedError(ConfigError):
    """A saved history is not what was written."""


class RemoteError(ConfigError):
    """A repository's remote, or its host, did not do what was asked; later it may."""


class SourceError(BackageError):
    """A file or a table to import is not what it should be; its text says why."""


class EventError(BackageError):
    """What was sent is no event that can be counted; its text says why, without what was sent."""


class TakenError(BackageError):
    """An owner's name belongs to another source of numbers."""


class StoppedError(BackageError):
    """The run may send no more requests; its text is the reason."""


class ReadError(BackageError):
    """Something could not be read; `url` is its address and `reason` is the same for all of its kind.

    `body` is what came instead, for those who want to look at it; empty where nothing came whole.
    """

    body: bytes = b""

    def __init__(self, url: str, reason: str) -> None:
        """Keep both, so that a report can count by reason and name an address."""
        super().__init__(f"{reason}: {url}")
        self.url = url
        self.reason = reason


class NotFoundError(ReadError):
    """The host says 404."""


class MovedError(NotFoundError):
    """A package was handed over to another owner: what its page says is counted there."""


class DeniedError(ReadError):
    """The host wants a token, or a better one."""


class LimitError(ReadError):
    """The host refuses for now; `wait` is in seconds, None where the host did not say."""

    def __init__(self, url: str, reason: str, wait: float | None = None) -> None:
        """Keep how long the host asked us to wait."""
        super().__init__(url, reason)
        self.wait = wait


class ServerError(ReadError):
    """The host failed."""


class UnreachableError(ReadError):
    """The connection failed or broke off."""


class NoConnectionError(UnreachableError):
    """No connection to the host could be made."""


class LoginWallError(ReadError):
    """The host sent us to its login page."""


class RedirectError(ReadError):
    """The host sent us elsewhere."""


class BodyError(ReadError):
    """The body is larger than any page, or does not decode."""


class DoubtfulError(ReadError):
    """A page contradicts the history. It is not stored unless the next day's page says the same."""

    def __init__(self, url: str, what: str) -> None:
        """Keep the page's address, and what about it is in doubt."""
        super().__init__(url, f"{what}; not stored unless the next day's page says the same")


class PageChangedError(ReadError):
    """A page lacks what its parser needs; `kind` is the page's and `missing` the thing's name."""

    def __init__(self, url: str, kind: str, missing: str) -> None:
        """Keep both, so that a run can tell one odd page from a change of GitHub's markup."""
        super().__init__(url, f"the {kind} page has no {missing}")
        self.kind = kind
        self.missing = missing


class UnfitTextError(PageChangedError):
    """A name or tag that a user chose is invalid. GitHub did not change, so this never stops a run."""


def describe_os_error(error: OSError, path: object) -> str:
    """Describe a failure of a file: its path (`path` if the error names none), the reason, and what to do."""
    advice = _ADVICE.get(error.errno or 0)
    return f"{error.filename or path}: {error.strerror or error}{f': {advice}' if advice else ''}"
