"""Look up the sizes of versions in the registries, each once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from backage import urls
from backage.crawl.fetcher import gather
from backage.crawl.job import Job, fetch_and_parse
from backage.errors import BackageError, NotFoundError, StoppedError
from backage.models.history import Package, VersionLookup
from backage.models.pages import Manifest, Request
from backage.parse.manifest import parse_manifest
from backage.parse.registry import parse_npm, parse_nuget, parse_token
from backage.plan.order import choose_lookups, choose_size
from backage.store.details import load_sizes, note_size_lookup_failed, save_size
from backage.urls import plain

FeedsByLogin = Mapping[str, str | BackageError]
ManifestsByVersion = Mapping[tuple[int, int], Manifest]

IMAGES = ("container", "docker")
MAX_INDEX_DEPTH, MAX_CHILDREN = 2, 50
"""A larger index has no size, so that one lookup cannot take thousands of requests."""

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,"
    " application/vnd.docker.distribution.manifest.list.v2+json,"
    " application/vnd.docker.distribution.manifest.v2+json"
)


async def read_sizes(job: Job, versions: list[VersionLookup], manifests: ManifestsByVersion) -> None:
    """Look up sizes within the limit of the run; `manifests` are those that version pages showed.

    A failed lookup is noted and affects no other.
    """
    pending = []
    for version in versions:
        manifest = manifests.get((version.key, version.id))
        if manifest is not None and manifest.size is not None:
            _save_size(job, version, manifest.size)
        else:
            pending.append(version)
    allowed = [version for version in pending if version.package.type in IMAGES]
    denied = len(pending) - len(allowed)
    if job.settings.token is not None:  # the sizes of Maven packages came with their totals
        allowed = [version for version in pending if version.package.type != "maven"]
    elif denied and job.plan.lookups.sizes != 0:
        job.tally.notes.append(f"{denied} sizes are unknown: their registries want a token (GITHUB_TOKEN)")
    packages: dict[int, list[VersionLookup]] = defaultdict(list)
    for version in choose_lookups(allowed, job.plan.lookups.sizes):
        packages[version.key].append(version)
    feeds = await _find_nuget_feeds(job, packages.values())
    results = await gather(
        _look_up_package(job, versions, manifests, feeds) for versions in packages.values()
    )
    for result in results:
        if isinstance(result, BackageError):
            job.tally.note_lookup("size", result)


async def _look_up_package(
    job: Job, versions: list[VersionLookup], manifests: ManifestsByVersion, feeds: FeedsByLogin
) -> None:
    """Look up sizes of one package, with one token or one document for all of its versions."""
    package, login = versions[0].package, versions[0].owner.login.lower()
    if package.type in IMAGES:
        url = urls.ghcr_token_url(job.settings.ghcr, login, package)
        token = await fetch_and_parse(job, Request(url, "ghcr"), "token", parse_token)
        results = await gather(_look_up_image(job, token, version, manifests) for version in versions)
    else:
        archives = await _find_archives(job, package, login, [version.name for version in versions], feeds)
        results = await gather(
            _look_up_archive(job, version, archives.get(version.name)) for version in versions
        )
    for version, result in zip(versions, results, strict=True):
        if isinstance(result, BackageError) and not isinstance(result, StoppedError):
            job.tally.note_lookup("size", result)
        if isinstance(result, NotFoundError):
            note_size_lookup_failed(job.history, version.key, version.id, version.day)


def _save_size(
    job: Job, version: VersionLookup, size: int | None, platforms: Mapping[str, int] | None = None
) -> None:
    if size is None:
        note_size_lookup_failed(job.history, version.key, version.id, version.day)
    else:
        save_size(job.history, version.key, version.id, size, platforms or {})
        job.tally.sizes += 1


# --- containers -------------------------------------------------------------------------------


async def _look_up_image(job: Job, token: str, version: VersionLookup, manifests: ManifestsByVersion) -> None:
    manifest = manifests.get((version.key, version.id))
    manifest = manifest or (await _fetch_manifest(job, token, version, version.name))
    size, platforms = await _find_manifest_size(job, token, version, manifest, 1)
    _save_size(job, version, size, platforms)


async def _find_manifest_size(
    job: Job, token: str, version: VersionLookup, manifest: Manifest, depth: int
) -> tuple[int | None, dict[str, int]]:
    """Find the size of an image, or of an index from its children's sizes, some of which are known."""
    children = [child for child in manifest.children if child.runnable or child.platform is None]
    if not children or depth > MAX_INDEX_DEPTH or len(children) > MAX_CHILDREN:
        return manifest.size, {}
    known = load_sizes(job.history, version.key, [child.digest for child in children])
    missing = dict.fromkeys(child.digest for child in children if child.digest not in known)
    results = await gather(_find_child_size(job, token, version, digest, depth) for digest in missing)
    for digest, result in zip(missing, results, strict=True):
        if isinstance(result, BackageError) and not isinstance(result, NotFoundError):
            raise result
        if isinstance(result, int):
            known[digest] = result
    return choose_size([(child, known.get(child.digest)) for child in children])


async def _find_child_size(
    job: Job, token: str, version: VersionLookup, digest: str, depth: int
) -> int | None:
    manifest = await _fetch_manifest(job, token, version, digest)
    size, _ = await _find_manifest_size(job, token, version, manifest, depth + 1)
    return size


async def _fetch_manifest(job: Job, token: str, version: VersionLookup, reference: str) -> Manifest:
    url = urls.manifest_url(job.settings.ghcr, version.owner.login, version.package, reference)
    return await fetch_and_parse(
        job, Request(url, "ghcr", accept=MANIFESTS, bearer=token), "manifest", parse_manifest
    )


# --- archives ---------------------------------------------------------------------------------


async def _find_nuget_feeds(job: Job, packages: Iterable[list[VersionLookup]]) -> FeedsByLogin:
    """Find the address below which each owner's NuGet archives lie, once for all of its packages."""
    logins = {v[0].owner.login.lower(): None for v in packages if v[0].package.type == "nuget"}
    requests = (Request(f"{job.settings.nuget}/{login}/index.json", "registry") for login in logins)
    bases = await gather(fetch_and_parse(job, request, "nuget", parse_nuget) for request in requests)
    return dict(zip(logins, bases, strict=True))


async def _find_archives(
    job: Job, package: Package, login: str, versions: list[str], feeds: FeedsByLogin
) -> Mapping[str, str]:
    """Find the addresses of the archives of some versions of a package."""
    settings, name = job.settings, plain(package.name)
    if package.type == "npm":
        scoped = name if name.startswith("@") else f"@{login}/{name}"
        request = Request(f"{settings.npm}/{quote(scoped, safe='@')}", "registry")
        return await fetch_and_parse(job, request, "npm", parse_npm)
    if package.type == "nuget":
        base = feeds[login]
        if isinstance(base, BackageError):
            raise base
        low = quote(name.lower(), safe="")
        files = {version: quote(version.lower(), safe="") for version in versions}
        return {version: f"{base}/{low}/{file}/{low}.{file}.nupkg" for version, file in files.items()}
    if package.type == "rubygems":
        gems = f"{settings.rubygems}/{login}/gems/{quote(name, safe='')}"
        return {version: f"{gems}-{quote(version, safe='')}.gem" for version in versions}
    return {}


async def _look_up_archive(job: Job, version: VersionLookup, url: str | None) -> None:
    """Request the length of an archive; the token goes only to the registry."""
    if url is None:
        _save_size(job, version, None)
        return
    ours = url.startswith(tuple(f"{base}/" for base in job.settings.archives))
    answer = await job.fetch(Request(url, "registry" if ours else "archive", length=True))
    _save_size(job, version, answer.length)
