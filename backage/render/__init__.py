"""The index as text: the same values give the same bytes. What stands for unknown is decided here alone."""

from __future__ import annotations

from backage.render.links import badge_url, file_url
from backage.render.message import render_message
from backage.render.numbers import UNKNOWN, format_count, format_size
from backage.render.package import FRESH_DAYS, Head, Shown, render_head, render_package
from backage.render.paths import index_paths, path_key, repo_of
from backage.render.ranks import rank_packages
from backage.render.table import render_table
from backage.render.totals import (
    Totals,
    render_instance,
    render_owner,
    render_repo,
    sum_packages,
    sum_totals,
)
from backage.render.trend import format_trend, sparkline

__all__ = [
    "FRESH_DAYS",
    "UNKNOWN",
    "Head",
    "Shown",
    "Totals",
    "badge_url",
    "file_url",
    "format_count",
    "format_size",
    "format_trend",
    "index_paths",
    "path_key",
    "rank_packages",
    "render_head",
    "render_instance",
    "render_message",
    "render_owner",
    "render_package",
    "render_repo",
    "render_table",
    "repo_of",
    "sparkline",
    "sum_packages",
    "sum_totals",
]
