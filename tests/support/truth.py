"""What the index may show after runs with faults: the truth of its stated day, or nothing."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backage.crawl.job import LookupLimits
from backage.crawl.tally import Tally
from backage.standin.world import World
from tests.conftest import Instance

Truths = dict[str, dict[str, Any]]
"""The truth of each package of a day, by its path."""

Files = dict[str, bytes]
CHANGED = re.compile("the (owner|package|versions|version) page has no")
"""The reason of a changed page, which no failing request may cause."""

COUNTS = ("raw_versions", "raw_tagged")
OWN = ("name", "raw_downloads")
WINDOWS = ("raw_downloads_month", "raw_downloads_week", "raw_downloads_day")


@dataclass
class Storm:
    """An instance with failing requests, and the truth of each day on which it ran."""

    instance: Instance
    lookups: LookupLimits
    days: dict[str, Truths] = field(default_factory=dict)
    failed: dict[str, set[str]] = field(default_factory=dict)

    def run(self, jobs: int = 4) -> Tally:
        """Run the main job; check that the index is right or older and dated so, and nothing is lost."""
        server = self.instance.server
        before = self.instance.files()
        today = server.world.today.isoformat()
        self.days[today] = truths_of(server.world)
        tally = self.instance.update(jobs=jobs, lookups=self.lookups)
        ended: dict[str, object] = {
            "stopped": tally.stopped,
            "shape": tally.layout_change,
            "unreached": tally.unreached,
        }
        ended |= {"held back": tally.totals_held_back, "gone": tally.gone}
        wrong = [f"{what}: {why}" for what, why in ended.items() if why]
        wrong += [
            str(failure) for failure in tally.failures if not failure.url or CHANGED.match(failure.reason)
        ]
        failed = self.failed.setdefault(today, set())
        failed.update(failure.what for failure in tally.failures)
        wrong += find_wrong(self.instance, self.days, failed, before)
        assert not wrong, "\n".join(wrong)
        return tally


def truths_of(world: World) -> Truths:
    """Return the truth of today."""
    return {f"{true['owner']}/{true['repo']}/{true['package']}": true for true in world.truth()}


def find_wrong(
    instance: Instance, days: Mapping[str, Truths], failed: set[str], before: Files
) -> Iterator[str]:
    """Return all numbers that are wrong for their date, lost, or older without a reason.

    `days` are what was true on each day so far, by date, `before` the index before the run. What `failed`
    today may be older; its list was read in parts then, which shows no version as gone.
    """
    today = max(days)
    yield from (f"{path} is lost" for path in before if not (instance.index / path).is_file())
    for path, true in days[today].items():
        file = instance.index / f"{path}.json"
        excused = path in failed or true["owner"] in failed
        if not file.is_file():
            if not excused:
                yield f"{path} is not there"
            continue
        shown = json.loads(file.read_bytes())
        yield from (f"{path} {what}" for what in _wrong_of_head(shown, path, days))
        yield from (f"{path} {what}" for what in _wrong_of_versions(shown, path, days))
        if f"{path}.json" in before:
            yield from (f"{path} {what}" for what in _forgotten(json.loads(before[f"{path}.json"]), shown))
        if not excused:
            yield from (f"{path} {what}" for what in _older(shown, true, today))
    yield from _wrong_of_tables(instance, days, before)


def _wrong_of_head(shown: dict[str, Any], path: str, days: Mapping[str, Truths]) -> Iterator[str]:
    """Compare a head with its stated day; the counts of versions may be from an earlier list."""
    true = days.get(shown["date"], {}).get(path)
    if true is None:
        yield f"is of {shown['date']}"
        return
    for key, value in true.items():
        allowed = {json.dumps(value)}
        if key == "version":
            continue
        if key in COUNTS:
            allowed |= {json.dumps(days[day][path][key]) for day in days if day <= shown["date"]}
        if key in {*COUNTS, "raw_size"}:
            allowed.add("-1")
        if key == "raw_size" and len(shown["version"]) > 0:
            allowed.add(json.dumps(shown["version"][0]["raw_size"]))  # of the newest that was listed
        if json.dumps(shown[key]) not in allowed | ({"-1"} if key == "owner_id" else set()):
            yield f"{key} {shown[key]}, true is {value} on {shown['date']}"


def _wrong_of_versions(shown: dict[str, Any], path: str, days: Mapping[str, Truths]) -> Iterator[str]:
    """Compare versions with their stated days; numbers that cost extra requests may be absent."""
    listed = {day: {v["id"]: v for v in true[path]["version"]} for day, true in days.items() if path in true}
    read = [day for day in listed if shown.get("versions_date", shown["date"]) <= day <= shown["date"]]
    for version in shown["version"]:
        true = listed.get(version["date"], {}).get(version["id"])
        if true is None:
            yield f"{version['id']} is of {version['date']}"
            continue
        known = [key for key in (*WINDOWS, "raw_size") if version[key] != -1]
        for key in (*OWN, *known):
            if version[key] != true[key]:
                yield f"{version['id']} {key} {version[key]}, true is {true[key]} on {version['date']}"
        totals = {listed[day][version["id"]]["raw_downloads"] for day in read if version["id"] in listed[day]}
        if version["raw_downloads"] not in (totals or {version["raw_downloads"]}):
            yield f"{version['id']} is older than {read[0]}, the day of its list"
        since = (listed[day].get(version["id"]) for day in listed if day >= version["date"])
        if sorted(version["tags"]) not in [sorted(seen["tags"]) for seen in since if seen]:
            yield f"{version['id']} tags {version['tags']}"


def _forgotten(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Return what was known before; the window of another day is another number."""
    if now["date"] < was["date"]:
        yield f"is of {now['date']}, and was of {was['date']}"
    same = was["version"] and now["version"] and was["version"][0]["id"] == now["version"][0]["id"]
    for key, value in was.items():
        if key.startswith("raw_") and value != -1 and now[key] == -1 and (same or key != "raw_size"):
            yield f"{key} was {value}, and is not known now"
    versions = {version["id"]: version for version in now["version"]}
    for old in was["version"]:
        new = versions.get(old["id"], old)
        moved = new["date"] != old["date"]
        for key in ("raw_downloads", "raw_size", *(() if moved else WINDOWS)):
            if old[key] != -1 and new[key] == -1:
                yield f"{old['id']} {key} was {old[key]}, and is not known now"


def _older(shown: dict[str, Any], true: dict[str, Any], today: str) -> Iterator[str]:
    """Return what is not of today although nothing of the package failed."""
    if shown["date"] != today:
        yield f"is of {shown['date']}, and nothing failed"
    yield from (f"{key} is older, and nothing failed" for key in COUNTS if shown[key] != true[key])
    versions = [[v["id"], v["raw_downloads"], sorted(v["tags"])] for v in shown["version"]]
    if versions != [[v["id"], v["raw_downloads"], sorted(v["tags"])] for v in true["version"]]:
        yield "has older versions, and nothing failed"


def _wrong_of_tables(instance: Instance, days: Mapping[str, Truths], before: Files) -> Iterator[str]:
    """Compare each line of each table with what was counted on its day."""
    for owner in instance.server.world.owners:
        for package in owner.packages:
            path = f"{owner.login}/{package.slug if package.repo is None else package.repo}/{package.slug}"
            if not (instance.index / f"{path}.csv").is_file():
                continue
            lines = _lines((instance.index / f"{path}.csv").read_bytes())
            old = _lines(before.get(f"{path}.csv", b""))
            yield from (f"{path} has no line of {day} any more" for day in old if day not in lines)
            for text, line in lines.items():
                if line == old.get(text):
                    continue  # it was right then
                day = date.fromisoformat(text)
                true = {"downloads": package.total(day), "downloads_day": package.downloads_on(day)}
                true |= {"downloads_week": package.window(day, 7), "downloads_month": package.window(day, 30)}
                if text in days:
                    true |= {key: days[text][path][f"raw_{key}"] for key in ("versions", "tagged", "size")}
                for key, value in true.items():
                    if line[key] not in {"", str(value)}:
                        yield f"{path} {key} {line[key]} of {text}, true is {value}"
                if "" in {line["downloads"], line["downloads_day"]} and text != min(lines):
                    yield f"{path} does not know {text}"


def _lines(table: bytes) -> dict[str, dict[str, str]]:
    return {line["date"]: line for line in csv.DictReader(table.decode().splitlines())}
