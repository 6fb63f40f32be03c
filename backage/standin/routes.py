"""Where an address leads: to a page of the site, an API or a registry."""

from collections.abc import Callable

from backage.standin.api import answer_api
from backage.standin.model import MAVEN, NotFoundError, Owner, Package, first
from backage.standin.pages import (
    list_page,
    maven_page,
    missing_page,
    package_page,
    profile_page,
    version_page,
    versions_page,
)
from backage.standin.registry import answer_archive, answer_blob, answer_manifest, answer_token, refuse
from backage.standin.transport import Reply, Request, html_reply, json_reply, redirect
from backage.standin.world import World


def answer_site(world: World, request: Request) -> Reply:
    """Return the page at an address of the site; an address under a former login leads to the new one.

    An organisation at `/users/` leads to `/orgs/`; a user at `/orgs/` is not found. The page of
    a package with a repository is at `/OWNER/REPO/pkgs/`, and its other address leads there. A
    Maven package has no address but its number.
    """
    login, *rest = request.segments
    if login in {"orgs", "users"} and rest:
        login = rest[0]
    try:
        owner = world.find_owner(login)
    except NotFoundError:
        owner = first(owner for owner in world.owners if login.lower() in map(str.lower, owner.former))
        return redirect(request.origin + request.target.replace(f"/{login}", f"/{owner.login}", 1))
    match request.segments:
        case [_]:
            has_list = owner.kind == "users" and request.query("tab") == "packages"
            return _list(world, request, owner) if has_list else html_reply(profile_page(owner))
        case ["orgs", _, "packages"] if owner.kind == "orgs":
            return _list(world, request, owner)
        case ["users", _, "packages", *_] if owner.kind == "orgs":
            return redirect(request.origin + request.target.replace("/users/", "/orgs/", 1))
    return _answer_package(world, request, owner)


def _list(world: World, request: Request, owner: Owner) -> Reply:
    return html_reply(list_page(owner, request.page, world.today, twice=world.list_twice))


def _answer_package(world: World, request: Request, owner: Owner) -> Reply:
    match request.segments:
        case [kind, _, "packages", package_type, "package", name] if kind == owner.kind:
            package = _find(owner, package_type, name)
            if package.repo is None:
                return html_reply(package_page(owner, package, world.today))
            return redirect(
                f"{request.origin}/{owner.login}/{package.repo}/pkgs/{package_type}/{package.slug}"
            )
        case [kind, _, "packages", package_type, name, part] if kind == owner.kind:
            return _package_pages(world, request, owner, _find(owner, package_type, name), [part])
        case [_, repo, "pkgs", package_type, name, *rest]:
            package = _find(owner, package_type, name)
            if package.is_in(repo):
                return _package_pages(world, request, owner, package, rest)
        case [_, repo, "packages", number, *rest]:
            packages = (
                package for package in owner.packages if package.type == MAVEN and package.is_in(repo)
            )
            package = first(package for package in packages if str(package.number) == number)
            return _maven_pages(world, request, owner, package, rest)
    raise NotFoundError


def _find(owner: Owner, package_type: str, name: str) -> Package:
    """Return the package that has pages under its name."""
    return first(p for p in owner.packages if (p.type, p.name) == (package_type, name) and p.type != MAVEN)


def _package_pages(world: World, request: Request, owner: Owner, package: Package, rest: list[str]) -> Reply:
    match rest:
        case []:
            return html_reply(package_page(owner, package, world.today))
        case ["versions"]:
            wanted = request.query("filters[version_type]")
            page = versions_page((owner, package), request.path, request.page, wanted, world.today)
            return html_reply(page)
        case [number]:
            version = first(version for version in package.versions if str(version.id) == number)
            return html_reply(version_page(owner, package, version, world.today))
    raise NotFoundError


def _maven_pages(world: World, request: Request, owner: Owner, package: Package, rest: list[str]) -> Reply:
    """Return the package, the version that `?version=` names, or the list of versions."""
    name = request.query("version")
    match rest:
        case []:
            version = first(version for version in package.versions if name in {"", version.name})
            counted = package if world.maven_counters == "package" and not name else version
            return html_reply(maven_page(owner, package, version, counted, world.today))
        case ["versions"]:
            page = versions_page((owner, package), request.path, request.page, "", world.today)
            return html_reply(page)
    raise NotFoundError


SITE = (answer_site, html_reply(missing_page(), 404))
NOT_FOUND = json_reply({"error": "not found"}, 404)
SERVICES: dict[str, tuple[Callable[[World, Request], Reply], Reply]] = {
    "api": (answer_api, json_reply({"message": "Not Found", "status": "404"}, 404)),
    "v2": (answer_manifest, refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")),
    "token": (answer_token, refuse(403, "DENIED", "requested access to the resource is denied")),
    "npm": (answer_archive, NOT_FOUND),
    "nuget": (answer_archive, NOT_FOUND),
    "rubygems": (answer_archive, NOT_FOUND),
    "blob": (answer_blob, NOT_FOUND),
}
"""By the first part of the path: who answers, and the answer if there is nothing. The rest is the site."""


def answer(world: World, request: Request) -> Reply:
    """Return the answer of the world to a request."""
    service, missing = SERVICES.get(request.segments[0], SITE)
    try:
        return service(world, request)
    except NotFoundError:
        return missing
