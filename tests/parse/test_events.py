"""What registries send, in all its spellings, and what is no event."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.errors import EventError
from backage.models.events import OWNER_TYPES, SOURCES, Artifact, Download, Source
from backage.owners import is_login
from backage.parse.events import FORMS, parse_events
from backage.parse.events.artifact import parse_artifact
from backage.parse.events.fields import DEEPEST, read_document
from backage.urls import is_package, is_repo

DIGEST = "sha256:" + "4b" * 32
JAR = "org/example/lamp/1.0/lamp-1.0.jar"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def parse(document: Any, source: Source | None = None) -> list[Download]:
    """Read what is sent to a server whose organization is `acme`."""
    return parse_events(document, source, "acme")


def one(document: Any, source: Source | None = None) -> Download:
    """Read the one download that is told of."""
    (found,) = parse(document, source)
    return found


# --- what a file is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (JAR, ("maven", "org.example.lamp", "1.0", "jar")),
        ("org/example/lamp/1.0/lamp-1.0-sources.jar", ("maven", "org.example.lamp", "1.0", "jar")),
        ("org/example/lamp/1.0/lamp-1.0.pom", ("maven", "org.example.lamp", "1.0", "pom")),
        ("org/example/lamp/1.0/lamp-1.0.war", ("maven", "org.example.lamp", "1.0", "war")),
        ("org/example/lamp/1.0/lamp-1.0.aar", ("maven", "org.example.lamp", "1.0", "aar")),
        ("org/example/lamp/1.0/lamp-1.0.module", ("maven", "org.example.lamp", "1.0", "module")),
        ("org/example/lamp/1.0/lamp-1.0-dist.tar.gz", ("maven", "org.example.lamp", "1.0", "other")),
        ("lamps/lamp/1.0/lamp-1.0.jar", ("maven", "lamps.lamp", "1.0", "jar")),
        ("lamp/1.0/lamp-1.0.jar", ("generic", "lamp%2F1.0%2Flamp-1.0.jar", None, "jar")),
        ("org/example/lamp/1.0/lamp-1.0.jar.sha1", ("maven", "org.example.lamp", "1.0", "crypto")),
        ("org/example/lamp/1.0/lamp-1.0.pom.asc.md5", ("maven", "org.example.lamp", "1.0", "crypto")),
        (
            "org/example/lamp/1.0-SNAPSHOT/lamp-1.0-20260301.120000-7.jar",
            ("maven", "org.example.lamp", "1.0-SNAPSHOT", "jar"),
        ),
        (
            "org/example/lamp/1.0-SNAPSHOT/lamp-1.0-SNAPSHOT.jar",
            ("maven", "org.example.lamp", "1.0-SNAPSHOT", "jar"),
        ),
        (
            "org/example/lamp/1.0.1-SNAPSHOT/lamp-1.0.1-20260301.120000-12.jar",
            ("maven", "org.example.lamp", "1.0.1-SNAPSHOT", "jar"),
        ),
        ("org/example/lamp/maven-metadata.xml", ("maven", "org.example.lamp", None, "metadata")),
        ("lamps/lamp/maven-metadata.xml", ("maven", "lamps.lamp", None, "metadata")),
        ("lamp/maven-metadata.xml", ("generic", "lamp%2Fmaven-metadata.xml", None, "metadata")),
        (
            "org/example/lamp/1.0-SNAPSHOT/maven-metadata.xml.sha1",
            ("maven", "org.example.lamp", None, "crypto"),
        ),
        ("Lamp_Post-1.2.0-py3-none-any.whl", ("python", "lamp-post", "1.2.0", "wheel")),
        ("lamp-post/1.2/lamp_post-1.2-py3-none-any.whl", ("python", "lamp-post", "1.2", "wheel")),
        ("lamp_post-1.2-py3-none-any.whl.metadata", ("python", "lamp-post", "1.2", "metadata")),
        ("lamp_post-1.2.tar.gz", ("python", "lamp-post", "1.2", "sdist")),
        ("lamp_post-1.2.tar.gz.asc", ("python", "lamp-post", "1.2", "crypto")),
        ("tools/lamp-1.2.zip", ("generic", "tools%2Flamp-1.2.zip", None, "other")),
        ("lamp.tar.gz", ("generic", "lamp.tar.gz", None, "other")),
        ("lamp.whl", ("generic", "lamp.whl", None, "wheel")),
        ("shared-1.0.jar", ("generic", "shared-1.0.jar", None, "jar")),
        ("pompom.jar", ("generic", "pompom.jar", None, "jar")),
        ("lamp-1.0.jar.sha256", ("generic", "lamp-1.0.jar", None, "crypto")),
        ("tools/.sha256", ("generic", "tools%2F.sha256", None, "other")),
        (
            "org/example/lamp/1.0/other-1.0.jar",
            ("generic", "org%2Fexample%2Flamp%2F1.0%2Fother-1.0.jar", None, "jar"),
        ),
        (
            "org/example/lamp/1.0/lamp-1.01.jar",
            ("generic", "org%2Fexample%2Flamp%2F1.0%2Flamp-1.01.jar", None, "jar"),
        ),
        ("</script>.jar", ("generic", "%3C%2Fscript%3E.jar", None, "jar")),
        ("100%2Fsure.jar", ("generic", "100%252Fsure.jar", None, "jar")),
    ],
)
def test_what_a_file_is(path: str, expected: tuple[str, str, str | None, str]) -> None:
    """Package, version and kind follow from the path: Maven's, PyPA's rules, else the path itself."""
    artifact = parse_artifact(path)
    assert (artifact.type, artifact.package, artifact.version, artifact.kind) == expected


@pytest.mark.parametrize(
    "file",
    [
        *("1.0/lamp-1.0", "1.0/lamp-1.0-sources", "1.0/lamp-1.0.", "1.0/lamp-1.0.jar.", "1.0/lamp--1.jar"),
        "1.0-SNAPSHOT/lamp-2.0-20260301.120000-7.jar",
        "1.0-SNAPSHOT/lamp-20260301.120000-7-jar.jar",
        "1.0-SNAPSHOT/lamp-1.0-today.jar",
    ],
)
def test_a_file_that_is_not_its_folder_s(file: str) -> None:
    """A file whose name does not continue with the folder's version and an ending is a generic file."""
    artifact = parse_artifact(f"org/example/lamp/{file}")
    assert (artifact.type, artifact.version) == ("generic", None)


ELSEWHERE = "the path of the file leads elsewhere, or nowhere"
NO_FILE = "the name of the package can be no file's"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        *(("", ELSEWHERE), ("..", ELSEWHERE), ("a/../b.jar", ELSEWHERE), ("a//b.jar", ELSEWHERE)),
        ("org/./lamp/1.0/lamp-1.0.jar", ELSEWHERE),
        *((".git/config", NO_FILE), ("a/" * 200 + "b.jar", NO_FILE)),
        ("a/b/{0}/b-{0}.jar".format("1" * 256), "the version is longer than 255 characters"),
    ],
)
def test_a_path_that_leads_elsewhere(path: str, sentence: str) -> None:
    """A path that could not be a file of the index is refused."""
    with pytest.raises(EventError) as caught:
        parse_artifact(path)
    assert str(caught.value) == sentence


def test_the_longest_version() -> None:
    """The longest allowed version is accepted."""
    assert parse_artifact("a/b/{0}/b-{0}.jar".format("1" * 255)).version == "1" * 255


@pytest.mark.parametrize("ending", [".whl", ".whl.metadata"])
def test_a_wheel_of_very_many_tags(ending: str) -> None:
    """It is a file like any other: to make all of the tags would take seconds."""
    tags = "-".join(".".join([letter] * 34) for letter in "abc")
    assert parse_artifact(f"lamp-1.0-{tags}{ending}").type == "generic"
    few, more = ("-".join(".".join([letter] * count) for letter in "abc") for count in (10, 11))
    assert parse_artifact(f"lamp-1.0-{few}{ending}").version == "1.0"
    assert parse_artifact(f"lamp-1.0-{more}{ending}").version is None


# --- CloudRepo --------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["file-name", "filename", "file_name", "fileName", "path"])
@pytest.mark.parametrize("repository", ["repository-id", "repositoryId", "repository_id", "repository"])
def test_cloudrepo_in_each_spelling(file: str, repository: str) -> None:
    """All spellings of keys that are seen in the wild are read."""
    artifact = Artifact("maven", "org.example.lamp", "1.0", "jar")
    expected = Download("cloudrepo", "acme", "releases", JAR, artifact)
    assert one({file: JAR, repository: "releases"}) == expected
    assert one({file: f"/{JAR}/", repository: "releases"}) == expected


@pytest.mark.parametrize(
    ("key", "value", "counts"),
    [
        ("event", "download", True),
        ("event", "DOWNLOAD", True),
        ("type", "file-downloaded", True),
        ("event-type", "FileDownload", True),
        ("type", "", True),
        ("event", "upload", False),
        ("type", "DELETE", False),
        ("eventType", "file.deleted", False),
    ],
)
def test_cloudrepo_counts_downloads(key: str, value: str, counts: object) -> None:
    """An empty type means a download; an upload or a deletion is neither a download nor an error."""
    assert bool(parse({"file-name": JAR, "repository-id": "releases", key: value})) is counts


def test_cloudrepo_may_name_more() -> None:
    """An organization, a delivery, a folder beside the name, a number for the repository."""
    found = one(
        {
            "path": "org/example/lamp/1.0",
            "filename": "lamp-1.0.jar",
            "repository": 17,
            "organization": "octo",
            "event-id": "e1",
        }
    )
    assert (found.path, found.repo, found.owner, found.id) == (JAR, "17", "octo", "e1")
    assert one({"path": JAR, "filename": "lamp-1.0.jar", "repository": "r"}).path == JAR
    assert one({"path": JAR, "repository": "100%"}).repo == "100%25"
    assert one({"path": JAR, "repository": "r", "id": "the webhook's"}).id is None


@pytest.mark.parametrize(
    ("folder", "file", "path"),
    [
        ("X/tools/", "/X.jar", "X/tools/X.jar"),
        ("/X.jar/", "X.jar", "X.jar"),
        ("tools/a.jarX", "a.jar", "tools/a.jarX/a.jar"),
        ("tools/a.jar", "Xa.jar", "tools/a.jar/Xa.jar"),
        ("/", "/X.jar", "X.jar"),
        ("tools/X/", "/", "tools/X"),
        (None, "/X/aX/", "X/aX"),
        ("/X/aX/", None, "X/aX"),
    ],
)
def test_cloudrepo_s_folder_and_file(folder: str | None, file: str | None, path: str) -> None:
    """They are joined, once, with the slashes that there are."""
    assert one({"path": folder, "filename": file, "repository": "r"}).path == path


# --- the others -------------------------------------------------------------------------------


def cloudsmith(event: str = "package.downloaded", **data: object) -> dict[str, Any]:
    """Make an event of Cloudsmith."""
    package = {
        "name": "lamp",
        "version": "1.2",
        "format": "npm",
        "filename": "lamp-1.2.tgz",
        "namespace": "octo",
        "repository": "tools",
    }
    return {"meta": {"event_id": event, "trigger_id": "t1"}, "data": package | data}


def test_cloudsmith() -> None:
    """Its package names itself; other events, and the ping of a new webhook, are no downloads."""
    artifact = Artifact("npm", "lamp", "1.2", "other")
    assert one(cloudsmith()) == Download("cloudsmith", "octo", "tools", "lamp-1.2.tgz", artifact, "t1")
    assert one([cloudsmith()]) == one(cloudsmith())
    assert parse(cloudsmith("package.synced")) == []
    assert parse({"meta": {"event_id": "ping"}, "data": {}}) == []
    assert one(cloudsmith(format="huggingface-hub")).artifact.type == "generic"
    assert one(cloudsmith(version=None)).artifact.version is None
    assert one(cloudsmith(version="1" * 255)).artifact.version == "1" * 255
    assert one(cloudsmith(filename="/X/lampX/")).path == "X/lampX"
    assert one(cloudsmith(filename=None)).path == "lamp"
    assert one(cloudsmith(namespace=None)).owner == "acme"


def harbor(kind: str = "PULL_ARTIFACT", namespace: str = "library") -> dict[str, Any]:
    """Make an event of Harbor."""
    place = {"name": "lamp", "namespace": namespace, "repo_full_name": f"{namespace}/lamp"}
    resources = [{"digest": DIGEST, "tag": "v1", "resource_url": f"hub/{namespace}/lamp:v1"}]
    return {"type": kind, "occur_at": 1, "event_data": {"resources": resources, "repository": place}}


def test_harbor() -> None:
    """A pull has its image's digest for the version; a project that is no owner's name is the repository."""
    artifact = Artifact("container", "lamp", DIGEST, "manifest", "v1")
    assert one(harbor()) == Download("harbor", "library", None, f"lamp@{DIGEST}", artifact)
    assert parse(harbor("PUSH_ARTIFACT")) == []
    other = one(harbor(namespace="team.one"))
    assert (other.owner, other.repo, other.artifact.package) == ("acme", "team.one", "lamp")
    assert one(harbor() | {"id": "the webhook's"}).id is None


@pytest.mark.parametrize(
    ("place", "owner", "package"),
    [
        ({"repo_full_name": "octo/tools/lamp"}, "octo", "tools%2Flamp"),
        ({"repo_full_name": "/octo/Xlamp-X/"}, "octo", "Xlamp-X"),
        ({"namespace": "octo", "name": "lamp"}, "octo", "lamp"),
        ({"namespace": "octo", "repo_full_name": "octo/lamp", "name": "post"}, "octo", "lamp"),
        ({"namespace": "octo", "repo_full_name": "tools/lamp"}, "octo", "tools%2Flamp"),
    ],
)
def test_harbor_s_project_and_image(place: dict[str, str], owner: str, package: str) -> None:
    """The project is what the event says, else the first part of the image's name."""
    event = harbor()
    event["event_data"]["repository"] = place
    found = one(event)
    assert (found.owner, found.repo, found.artifact.package) == (owner, None, package)


def test_harbor_as_cloud_events() -> None:
    """The same in the other format that it knows, which has an id."""
    event = harbor("harbor.artifact.pulled")
    document = {"specversion": "1.0", "id": "c1", "type": event["type"], "data": event["event_data"]}
    assert one(document).id == "c1 0"
    assert parse(document | {"type": "harbor.artifact.pushed"}) == []


def pull(**changes: object) -> dict[str, Any]:
    """Make an event of the distribution registry."""
    target = {"mediaType": MANIFEST, "digest": DIGEST, "repository": "team/lamp", "tag": "v1"}
    event = {"id": "d1", "action": "pull", "target": target, "request": {"method": "GET"}}
    return event | changes


def test_distribution() -> None:
    """Only pulls of manifests in a batch count: not layers, pushes or HEAD requests."""
    layer = {"mediaType": "application/octet-stream", "digest": DIGEST, "repository": "team/lamp"}
    oci = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": DIGEST, "repository": "lamp"}
    untyped = {"url": f"https://hub/v2/lamp/manifests/{DIGEST}", "digest": DIGEST, "repository": "lamp"}
    events = [
        pull(),
        pull(id="d2", target=layer),
        pull(id="d3", action="push"),
        pull(id="d4", request={"method": "HEAD"}),
        pull(id="d5", target=oci),
        pull(id="d6", target=untyped),
        pull(id="d7", request="HEAD"),
    ]
    found = parse({"events": events})
    assert [download.id for download in found] == ["d1", "d5", "d6", "d7"]
    artifact = Artifact("container", "team%2Flamp", DIGEST, "manifest", "v1")
    assert found[0] == Download("distribution", "acme", None, f"team/lamp@{DIGEST}", artifact, "d1")
    assert parse({"events": []}) == []


def test_an_image_by_its_tag() -> None:
    """Where there is no digest it is the version; a tag that can be none is none."""
    target = {"mediaType": MANIFEST, "repository": "/X/lamp-X/", "tag": "v1"}
    artifact = Artifact("container", "X%2Flamp-X", "v1", "manifest", "v1")
    expected = Download("distribution", "acme", None, "X/lamp-X:v1", artifact, "d1")
    assert one({"events": [pull(target=target)]}) == expected
    assert one({"events": [pull(target=target | {"digest": DIGEST, "tag": "a b"})]}).artifact.tag is None


def test_as_many_as_can_be() -> None:
    """A thousand at once are taken, and texts as long as they may be."""
    assert len(parse([{"file": "a.jar"}] * 1000)) == 1000
    assert len(parse({"events": [pull()] * 1000})) == 1000
    assert one({"file": "a.jar", "id": "x" * 1024}).id == "x" * 1024


def test_our_own_form() -> None:
    """A file or a package, and what else is known."""
    assert one({"file": JAR}).artifact == Artifact("maven", "org.example.lamp", "1.0", "jar")
    named = one(
        {
            "organization": "octo",
            "repository": "tools",
            "package": "lamp/post",
            "version": "1.2",
            "type": "npm",
            "file": "lamp.tgz",
            "event": "download",
            "id": "g1",
        }
    )
    artifact = Artifact("npm", "lamp%2Fpost", "1.2", "other")
    assert named == Download("generic", "octo", "tools", "lamp.tgz", artifact, "g1")
    assert one({"package": "lamp", "version": "1.2"}).path == "lamp@1.2"
    assert one({"file": "/X/lampX/"}).path == "X/lampX"
    assert one({"package": "lamp.pom", "file": "post.jar"}).artifact.kind == "jar"
    assert one({"package": "lamp.pom"}).artifact == Artifact("generic", "lamp.pom", None, "other")
    assert len(parse([{"file": "a.jar"}, {"file": "b.jar"}])) == 2
    assert parse({"file": "a.jar", "event": "upload"}) == []


def test_a_source_that_is_named() -> None:
    """It decides, whatever the shape is."""
    assert one({"file": "a.jar", "path": "b.jar", "repository": "r"}, "cloudrepo").path == "b.jar"
    with pytest.raises(EventError, match=r"^the event names no file$"):
        parse({"file": "a.jar"}, "cloudrepo")
    with pytest.raises(EventError, match=r'^"meta" is no object$'):
        parse({"file": "a.jar"}, "cloudsmith")


NO_FORM = "the event is of no form that is known here"
NO_OBJECT = "the event is no object"
NO_OWNER = (
    "the organization can be no owner's name (39 letters, digits, - and _ at most);"
    " leave it out and use --organization"
)
NO_REPOSITORY = "the event names no repository"
NO_REPOSITORY_NAME = "the name of the repository can be no file's"
IMAGE = {"mediaType": MANIFEST, "repository": "lamp"}
CLOUDREPO = {"file-name": JAR, "repository-id": "r"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, NO_OBJECT),
        (1, NO_OBJECT),
        ("text", NO_OBJECT),
        ([1], NO_OBJECT),
        ({}, NO_FORM),
        ({"hello": "world"}, NO_FORM),
        ([{"file": "a.jar"}, {}], NO_FORM),
        ({"file-name": JAR}, NO_FORM),
        ({"repository-id": "r"}, NO_FORM),
        ([{"file": "a.jar"}] * 1001, "the body has more than 1000 events"),
        ({"events": 1}, '"events" is no list'),
        ({"events": [1]}, 'an entry of "events" is no object'),
        ({"events": [pull()] * 1001}, '"events" has more than 1000 entries'),
        ({"events": [pull(target=1)]}, '"target" is no object'),
        ({"events": [pull(target={"mediaType": MANIFEST})]}, NO_REPOSITORY),
        ({"events": [pull(target=IMAGE)]}, "the event names no digest and no tag"),
        ({"events": [pull(target=IMAGE | {"tag": "a b"})]}, "the event names no digest and no tag"),
        ({"events": [pull(target=IMAGE | {"digest": "../x"})]}, '"digest" is no digest'),
        ({"events": [pull(target=IMAGE | {"digest": 1.5})]}, '"digest" is no text'),
        (harbor() | {"event_data": 1}, '"event_data" is no object'),
        (harbor() | {"event_data": {}}, '"repository" is no object'),
        (harbor() | {"event_data": {"repository": {}}}, NO_REPOSITORY),
        (harbor() | {"event_data": {"repository": {"name": "lamp"}}}, '"resources" is no list'),
        (CLOUDREPO | {"repository-id": ["r"]}, '"repository-id" is no text'),
        (CLOUDREPO | {"repository-id": ""}, NO_REPOSITORY),
        (CLOUDREPO | {"file-name": ""}, "the event names no file"),
        (CLOUDREPO | {"repository-id": ".."}, NO_REPOSITORY_NAME),
        (CLOUDREPO | {"event": "hatched"}, "the event is neither a download, an upload nor a deletion"),
        (CLOUDREPO | {"organization": "../x"}, NO_OWNER),
        (CLOUDREPO | {"organization": "a" * 40}, NO_OWNER),
        (CLOUDREPO | {"file-name": "a\nb.jar"}, '"file-name" has characters that no name has'),
        (CLOUDREPO | {"file-name": "a\u202eb.jar"}, '"file-name" has characters that no name has'),
        (CLOUDREPO | {"file-name": "\ud800.jar"}, '"file-name" has characters that no name has'),
        (CLOUDREPO | {"file-name": "  "}, '"file-name" has characters that no name has'),
        (CLOUDREPO | {"file-name": "a" * 1025}, '"file-name" is longer than 1024 characters'),
        (CLOUDREPO | {"file-name": True}, '"file-name" is no text'),
        ({"file": {"name": "x"}}, '"file" is no text'),
        ({"file": ""}, "the event names no file and no package"),
        ({"package": "lamp", "version": "1" * 256}, '"version" is longer than 255 characters'),
        ({"package": "../lamp"}, NO_FILE),
        ({"package": "lamp", "file": "../x"}, ELSEWHERE),
        (cloudsmith(name=None), "the event names no package"),
        (cloudsmith(repository=None), NO_REPOSITORY),
        (cloudsmith(namespace="a b"), NO_OWNER),
        (cloudsmith(version="1" * 256), '"version" is longer than 255 characters'),
        (cloudsmith() | {"data": 1}, '"data" is no object'),
    ],
)
def test_what_is_no_event(document: Any, sentence: str) -> None:
    """It is refused in a sentence, which has nothing of what was sent."""
    with pytest.raises(EventError) as caught:
        parse(document)
    assert str(caught.value) == sentence


# --- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"{}x", "is no JSON"),
        (b'{"a": NaN}', "has NaN, which is no JSON"),
        (b'{"a": -Infinity}', "has -Infinity, which is no JSON"),
        (b'{"a": 1, "a": 2}', "has the same key twice"),
        (b"\xff\xfe{\x00}\x00", "is not in UTF-8"),
        ('{"a": "é"}'.encode("latin-1"), "is not in UTF-8"),
        ("{}".encode("utf-16"), "is not in UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "is nested too deeply"),
        (b"[" + b"[]," * 40 + b"[" * DEEPEST + b"]" * (DEEPEST + 1), "is nested too deeply"),
        (b"payload=%7B&payload=%7B%7D", "is no JSON"),
        (b"9" * 5000, "is no JSON"),
    ],
)
def test_what_is_no_json(body: bytes, reason: str) -> None:
    """Each kind is told apart."""
    with pytest.raises(EventError) as caught:
        read_document(body)
    assert str(caught.value) == f"the body {reason}"


def test_what_is_json() -> None:
    """With a mark of its byte order, as a form's field, and with brackets in its texts."""
    assert read_document(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert read_document(b"payload=%7B%22a%22%3A+%22b%22%7D&x=1&y=2") == {"a": "b"}
    assert read_document(b"payload=%22%ff%22") == "\ufffd"
    assert read_document(b"[" * DEEPEST + b"]" * DEEPEST)
    assert len(read_document(b"[" + b"[{}]," * 40 + b"[" * (DEEPEST - 1) + b"]" * DEEPEST)) == 41
    assert read_document(json.dumps({"a": "[" * 100}).encode()) == {"a": "[" * 100}
    assert read_document(json.dumps({"a": '"[' * 100}).encode()) == {"a": '"[' * 100}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = """
file package version type event file-name path repository organization id events meta data event_data event_id
action target repository-id
"""
KEYS = st.sampled_from(NAMES.split())


@given(st.dictionaries(KEYS, JSON, max_size=8) | JSON, st.sampled_from([None, *SOURCES]))
def test_whatever_is_sent_is_an_event_or_none(document: Any, source: Source | None) -> None:
    """And each name of an event is safe in a path and in an address."""
    try:
        found = parse(document, source)
    except EventError:
        return
    for download in found:
        assert is_login(download.owner)
        assert download.repo is None or is_repo(download.repo) or is_package(download.repo)
        assert is_package(download.artifact.package)
        assert download.path.isprintable()
        assert download.path


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_bytes_are_sent(body: bytes) -> None:
    """They are JSON, or refused."""
    try:
        document = read_document(body)
    except EventError:
        return
    assert json.loads(json.dumps(document)) == document


def test_every_source_has_a_form() -> None:
    """A name in `Source` is one by which events can be sent, and the type of an owner."""
    assert set(SOURCES) == FORMS.keys()
    assert OWNER_TYPES[2:] == SOURCES
