"""What to read, and what follows from what was read: pure decisions over pages and history."""

from __future__ import annotations

from backage.plan.days import plan_days
from backage.plan.order import Reading, needs_versions, plan_owners, plan_packages
from backage.plan.versions import plan_versions
from backage.plan.windows import derive_windows

__all__ = [
    "Reading",
    "derive_windows",
    "needs_versions",
    "plan_days",
    "plan_owners",
    "plan_packages",
    "plan_versions",
]
