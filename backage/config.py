"""What the environment says: where GitHub is, who we are, and whether this is an Actions run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from backage import __version__
from backage.errors import ConfigError

PROJECT = "https://github.com/ipitio/backage"


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses without a slash at the end; `token` goes to the API and the archive registries alone."""

    server: str = "https://github.com"
    api: str = "https://api.github.com"
    graphql: str = "https://api.github.com/graphql"
    ghcr: str = "https://ghcr.io"
    npm: str = "https://npm.pkg.github.com"
    nuget: str = "https://nuget.pkg.github.com"
    rubygems: str = "https://rubygems.pkg.github.com"
    token: str | None = None
    user_agent: str = f"backage/{__version__} (+{PROJECT})"
    own_owner: str | None = None
    summary: Path | None = None

    @property
    def archives(self) -> tuple[str, ...]:
        """The registries that hold archives and may have the token."""
        return self.npm, self.nuget, self.rubygems


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the variables that Actions sets.

    Raises:
        ConfigError: an address is none.
    """
    default = Settings()
    server = _address(environ, "GITHUB_SERVER_URL", default.server)
    repository = environ.get("GITHUB_REPOSITORY")
    project = f"{server}/{repository}" if repository else PROJECT
    summary = environ.get("GITHUB_STEP_SUMMARY")
    in_actions = environ.get("GITHUB_ACTIONS") == "true"
    return Settings(
        server=server,
        api=_address(environ, "GITHUB_API_URL", default.api),
        graphql=_address(environ, "GITHUB_GRAPHQL_URL", default.graphql),
        ghcr=_address(environ, "BACKAGE_GHCR_URL", default.ghcr),
        npm=_address(environ, "BACKAGE_NPM_URL", default.npm),
        nuget=_address(environ, "BACKAGE_NUGET_URL", default.nuget),
        rubygems=_address(environ, "BACKAGE_RUBYGEMS_URL", default.rubygems),
        token=environ.get("GITHUB_TOKEN", "").strip() or None,
        user_agent=f"backage/{__version__} (+{project})",
        own_owner=(environ.get("GITHUB_REPOSITORY_OWNER") or None) if in_actions else None,
        summary=Path(summary) if summary else None,
    )


def _address(environ: Mapping[str, str], name: str, default: str) -> str:
    value = (environ.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f'{name} is "{value}", which is not an http or https address.')
    return value
