"""Which owners each of several parallel jobs reads."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from backage.owners import Entry
from backage.plan.order import choose_shard

LOGINS = [f"owner-{number}" for number in range(100)]
logins = st.lists(st.integers(0, 9999).map("owner-{}".format), unique=True, max_size=30)
counts = st.integers(1, 12)


def split(names: list[str], shards: int) -> list[list[Entry]]:
    """Return the owners that each job reads."""
    entries = [Entry(name) for name in names]
    return [choose_shard(entries, number, shards) for number in range(1, shards + 1)]


def places(names: list[str], shards: int) -> dict[str, int]:
    """Return each owner's job."""
    return {
        entry.login: number for number, entries in enumerate(split(names, shards), 1) for entry in entries
    }


@given(logins, counts)
def test_every_owner_is_read_by_exactly_one_job(names: list[str], shards: int) -> None:
    """No owner is left out, and none is read twice."""
    read = [entry.login for entries in split(names, shards) for entry in entries]
    assert sorted(read) == sorted(names)


@given(logins, counts)
def test_jobs_are_of_one_size(names: list[str], shards: int) -> None:
    """One owner more or less."""
    sizes = [len(entries) for entries in split(names, shards)]
    assert max(sizes) - min(sizes) <= 1


@given(logins, counts, st.randoms(use_true_random=False))
def test_order_and_case_of_the_list_do_not_matter(names: list[str], shards: int, random: Random) -> None:
    """Somebody sorts the list, or spells a name as GitHub does."""
    before = places(names, shards)
    random.shuffle(names)
    after = places([name.upper() for name in names], shards)
    assert {name.lower(): place for name, place in after.items()} == before


@given(logins, counts, st.integers(0, 9999).map("new-{}".format))
def test_one_owner_more_moves_few_others(names: list[str], shards: int, new: str) -> None:
    """At most one from each job to the next, so that histories stay with their jobs."""
    before, after = places(names, shards), places([*names, new], shards)
    moved = [(before[name], after[name]) for name in names if before[name] != after[name]]
    assert len(moved) <= shards - 1
    assert len(moved) == len(set(moved))


def test_jobs_do_not_follow_the_alphabet() -> None:
    """Names that were given in a row are spread over all jobs."""
    for entries in split(LOGINS, 4):
        numbers = sorted(LOGINS.index(entry.login) for entry in entries)
        assert len(entries) == 25
        assert numbers[0] < 25
        assert numbers[-1] >= 75


def test_which_job_reads_an_owner_is_the_same_on_every_machine() -> None:
    """The order depends on no seed."""
    assert [[entry.login for entry in entries] for entries in split(["a", "b", "c", "d", "e"], 2)] == [
        ["d", "c"],
        ["b", "e", "a"],
    ]


def test_one_job_reads_all() -> None:
    """As without shards."""
    assert sorted(places(LOGINS, 1)) == sorted(LOGINS)


def test_more_jobs_than_owners_leave_some_without_work() -> None:
    """Jobs without work read nothing, and no owner is read twice."""
    sizes = [len(entries) for entries in split(["a", "b"], 5)]
    assert sorted(sizes) == [0, 0, 0, 1, 1]
    assert split([], 3) == [[], [], []]


def test_what_a_line_says_of_an_owner_stays() -> None:
    """Its id, and how it is spelled."""
    entries = [Entry("Octo-Forge", 5), Entry("b")]
    chosen = [*choose_shard(entries, 1, 2), *choose_shard(entries, 2, 2)]
    assert set(chosen) == set(entries)
