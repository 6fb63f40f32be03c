"""What to read, and what follows from what was read: pure decisions over pages and history."""

from __future__ import annotations

from backage.plan.agreement import compare_pages
from backage.plan.days import last_settled, plan_days
from backage.plan.details import choose_size, plan_details, plan_observation, rank_versions
from backage.plan.doubts import jumps, keep_missing, last_count, missing_gain
from backage.plan.evidence import Evidence, Finding, ListKind, PageKind
from backage.plan.maven import (
    add_gain,
    complete_windows,
    has_windows,
    sum_windows,
    whose_counters,
    windows_of,
    with_newest,
    with_windows,
)
from backage.plan.maven_agreement import MavenEvidence, compare_maven
from backage.plan.order import Reading, choose_shard, needs_versions, plan_owners, plan_packages
from backage.plan.retention import choose_kept
from backage.plan.versions import plan_versions
from backage.plan.windows import derive_windows

__all__ = [
    "Evidence",
    "Finding",
    "ListKind",
    "MavenEvidence",
    "PageKind",
    "Reading",
    "add_gain",
    "choose_kept",
    "choose_shard",
    "choose_size",
    "compare_maven",
    "compare_pages",
    "complete_windows",
    "derive_windows",
    "has_windows",
    "jumps",
    "keep_missing",
    "last_count",
    "last_settled",
    "missing_gain",
    "needs_versions",
    "plan_days",
    "plan_details",
    "plan_observation",
    "plan_owners",
    "plan_packages",
    "plan_versions",
    "rank_versions",
    "sum_windows",
    "whose_counters",
    "windows_of",
    "with_newest",
    "with_windows",
]
