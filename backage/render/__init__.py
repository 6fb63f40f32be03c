"""The index as text: the same values give the same bytes. What stands for unknown is decided here alone."""

from __future__ import annotations

from backage.render.links import (
    FORMS,
    LABELS,
    RAW_LABELS,
    Linked,
    badge_url,
    endpoint_url,
    file_url,
    metric_key,
    render_linked,
)
from backage.render.message import render_message
from backage.render.numbers import UNKNOWN, format_count, format_size
from backage.render.package import FRESH_DAYS, Head, Shown, render_head, render_package
from backage.render.paths import index_paths, path_key, repo_of
from backage.render.ranks import rank_packages
from backage.render.table import render_table
from backage.render.tags import shown_tag
from backage.render.totals import (
    Totals,
    render_instance,
    render_owner,
    render_repo,
    sum_packages,
    sum_totals,
)
from backage.render.trend import (
    SMALLEST_MONTH,
    find_growth,
    format_growth,
    format_trend,
    list_days,
    sparkline,
)

__all__ = [
    "FORMS",
    "FRESH_DAYS",
    "LABELS",
    "RAW_LABELS",
    "SMALLEST_MONTH",
    "UNKNOWN",
    "Head",
    "Linked",
    "Shown",
    "Totals",
    "badge_url",
    "endpoint_url",
    "file_url",
    "find_growth",
    "format_count",
    "format_growth",
    "format_size",
    "format_trend",
    "index_paths",
    "list_days",
    "metric_key",
    "path_key",
    "rank_packages",
    "render_head",
    "render_instance",
    "render_linked",
    "render_message",
    "render_owner",
    "render_package",
    "render_repo",
    "render_table",
    "repo_of",
    "shown_tag",
    "sparkline",
    "sum_packages",
    "sum_totals",
]
