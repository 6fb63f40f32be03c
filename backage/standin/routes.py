"""Which page an address of the web site shows."""

from backage.standin.model import MAVEN, Owner, Package
from backage.standin.pages import (
    list_page,
    maven_page,
    missing_page,
    package_page,
    profile_page,
    version_page,
    versions_page,
)
from backage.standin.transport import Reply, Request, html_reply, redirect
from backage.standin.world import World


def answer_site(world: World, request: Request) -> Reply:
    """The page at an address, or 404; what stands under a former login leads to where it is now."""
    first, *rest = request.segments
    login = rest[0] if first in {"orgs", "users"} and rest else first
    owner = world.renamed(login)
    if owner is not None:
        return redirect(request.origin + request.target.replace(f"/{login}", f"/{owner.login}", 1))
    return _page_at(world, request)


def _page_at(world: World, request: Request) -> Reply:
    """The page at an address, or 404.

    An organisation asked at `/users/` leads to `/orgs/`; a user at `/orgs/` is not found. The page of
    a package with a repository stands at `/OWNER/REPO/pkgs/`, and its other address leads there. A
    Maven package has no address but its number.
    """
    match request.segments:
        case [login]:
            return _owner_page(world, request, login)
        case ["orgs", login, "packages"]:
            owner = world.owner(login)
            if owner is not None and owner.kind == "orgs":
                return _list(world, request, owner)
        case ["orgs" | "users" as kind, login, "packages", *rest]:
            owner = world.owner(login)
            if owner is not None and owner.kind == "orgs" and kind == "users":
                return redirect(request.origin + request.target.replace("/users/", "/orgs/", 1))
            if owner is not None and owner.kind == kind:
                return _under_owner(world, request, owner, rest)
        case [login, _, *rest]:
            owner = world.owner(login)
            if owner is not None:
                return _under_repo(world, request, owner, rest)
    return html_reply(missing_page(), 404)


def _find(owner: Owner, package_type: str, name: str) -> Package | None:
    """The package that has pages under its name."""
    return None if package_type == MAVEN else owner.find(package_type, name)


def _list(world: World, request: Request, owner: Owner) -> Reply:
    return html_reply(list_page(owner, request.page, world.today, twice=world.list_twice))


def _owner_page(world: World, request: Request, login: str) -> Reply:
    owner = world.owner(login)
    if owner is None:
        return html_reply(missing_page(), 404)
    if owner.kind == "users" and request.query("tab") == "packages":
        return _list(world, request, owner)
    return html_reply(profile_page(owner))


def _under_owner(world: World, request: Request, owner: Owner, rest: list[str]) -> Reply:
    match rest:
        case [package_type, "package", name]:
            package = _find(owner, package_type, name)
            if package is not None and package.repo is not None:
                home = f"/{owner.login}/{package.repo}/pkgs/{package.type}/{package.slug}"
                return redirect(request.origin + home)
            if package is not None:
                return _package_pages(world, request, owner, package, [])
        case [package_type, name, part]:
            package = _find(owner, package_type, name)
            if package is not None:
                return _package_pages(world, request, owner, package, [part])
    return html_reply(missing_page(), 404)


def _under_repo(world: World, request: Request, owner: Owner, rest: list[str]) -> Reply:
    repo = request.segments[1]
    match rest:
        case ["pkgs", package_type, name, *rest]:
            package = _find(owner, package_type, name)
            if package is not None and package.is_in(repo):
                return _package_pages(world, request, owner, package, rest)
        case ["packages", number, *rest]:
            package = owner.find_number(repo, number)
            if package is not None:
                return _maven_pages(world, request, owner, package, rest)
    return html_reply(missing_page(), 404)


def _package_pages(world: World, request: Request, owner: Owner, package: Package, rest: list[str]) -> Reply:
    match rest:
        case []:
            return html_reply(package_page(owner, package, world.today))
        case ["versions"]:
            wanted = request.query("filters[version_type]")
            page = versions_page((owner, package), request.path, request.page, wanted, world.today)
            return html_reply(page)
        case [number] if number.isdecimal():
            version = package.find(int(number))
            if version is not None:
                return html_reply(version_page(owner, package, version, world.today))
    return html_reply(missing_page(), 404)


def _maven_pages(world: World, request: Request, owner: Owner, package: Package, rest: list[str]) -> Reply:
    """The package, or the version that `?version=` names, and the list of versions."""
    name = request.query("version")
    version = package.find_name(name) if name else package.newest
    match rest:
        case [] if version is not None:
            counted = package if world.maven_counters == "package" and not name else version
            return html_reply(maven_page(owner, package, version, counted, world.today))
        case ["versions"]:
            page = versions_page((owner, package), request.path, request.page, "", world.today)
            return html_reply(page)
    return html_reply(missing_page(), 404)
