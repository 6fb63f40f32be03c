"""Which page an address of the web site shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.demo.messages import Reply, Request, html_reply, redirect
from backage.demo.pages import list_page, missing_page, package_page, profile_page
from backage.demo.version_pages import version_page, versions_page

if TYPE_CHECKING:
    from backage.demo.world import Owner, Package, World


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
    a package with a repository stands at `/OWNER/REPO/pkgs/`, and its other address leads there.
    """
    match request.segments:
        case [login]:
            return _owner_page(world, request, login)
        case ["orgs", login, "packages"]:
            owner = world.owner(login)
            if owner is not None and owner.kind == "orgs":
                return html_reply(list_page(owner, _page(request), world.today))
        case ["orgs" | "users" as kind, login, "packages", *rest]:
            owner = world.owner(login)
            if owner is not None and owner.kind == "orgs" and kind == "users":
                return redirect(request.origin + request.target.replace("/users/", "/orgs/", 1))
            if owner is not None and owner.kind == kind:
                return _under_owner(world, request, owner, rest)
        case [login, repo, "pkgs", package_type, name, *rest]:
            owner = world.owner(login)
            package = owner and owner.find(package_type, name)
            if owner and package and package.repo is not None and package.repo.lower() == repo.lower():
                return _package_pages(world, request, owner, package, rest)
    return html_reply(missing_page(), 404)


def _page(request: Request) -> int:
    page = request.query("page")
    return max(1, int(page)) if page.isdecimal() else 1


def _owner_page(world: World, request: Request, login: str) -> Reply:
    owner = world.owner(login)
    if owner is None:
        return html_reply(missing_page(), 404)
    if owner.kind == "users" and request.query("tab") == "packages":
        return html_reply(list_page(owner, _page(request), world.today))
    return html_reply(profile_page(owner))


def _under_owner(world: World, request: Request, owner: Owner, rest: list[str]) -> Reply:
    match rest:
        case [package_type, "package", name]:
            package = owner.find(package_type, name)
            if package is not None and package.repo is not None:
                home = f"/{owner.login}/{package.repo}/pkgs/{package.type}/{package.slug}"
                return redirect(request.origin + home)
            if package is not None:
                return _package_pages(world, request, owner, package, [])
        case [package_type, name, part]:
            package = owner.find(package_type, name)
            if package is not None:
                return _package_pages(world, request, owner, package, [part])
    return html_reply(missing_page(), 404)


def _package_pages(world: World, request: Request, owner: Owner, package: Package, rest: list[str]) -> Reply:
    match rest:
        case []:
            return html_reply(package_page(owner, package, world.today))
        case ["versions"]:
            wanted = request.query("filters[version_type]")
            page = versions_page((owner, package), request.path, _page(request), wanted, world.today)
            return html_reply(page)
        case [number] if number.isdecimal():
            version = package.find(int(number))
            if version is not None:
                return html_reply(version_page(owner, package, version, world.today))
    return html_reply(missing_page(), 404)
