"""How many versions of each package a site can have, so that its server still takes it."""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backage.publish.site import archive_size
from backage.render.site.scripts import Entry


@dataclass(frozen=True, slots=True)
class Weight:
    """What packages take, estimated: bytes of one with a single version, and of each version more.

    `counts` are the versions of all packages, one at least of each.
    """

    base: float
    each: float
    counts: Sequence[int]

    def total(self, most: int) -> float:
        """Give the bytes of all packages, with so many versions of each at most."""
        return sum(self.base + self.each * (min(count, most) - 1) for count in self.counts)

    def find_most(self, largest: float) -> int | None:
        """Give the highest number of versions with which they come to no more than so many bytes.

        It is 1 where not even that is enough, and None where all versions fit.
        """
        highest = max(self.counts, default=1)
        most = bisect_right(range(1, highest + 1), largest, key=self.total)
        return None if most == highest else max(1, most)


def weigh_files(entry: Entry, files: Mapping[str, bytes]) -> int:
    """Give what a package takes in an archive: its files, their folders, its head in the files above it."""
    folders = {path.rpartition("/")[0] for path in files}
    head = len(json.dumps(entry.head))
    return (
        sum(archive_size(path, len(data)) for path, data in files.items())
        + sum(map(archive_size, folders))
        + 2 * archive_size(entry.path, head)
    )
