"""The index as text: the same values give the same bytes. What stands for unknown is decided here alone."""

from __future__ import annotations

from backage.render.badge import METRICS, Badge, package_badges, render_badge, render_endpoint
from backage.render.chart import render_chart
from backage.render.links import badge_url, file_url, folder_url, pages_url
from backage.render.message import render_message
from backage.render.numbers import UNKNOWN, format_count, format_size
from backage.render.package import FRESH_DAYS, Head, Shown, render_head, render_package
from backage.render.paths import index_paths, path_key, repo_of
from backage.render.ranks import rank_packages
from backage.render.scripts import Entry, cut_versions, last_counts, render_data, render_list, render_palette
from backage.render.table import read_table, render_table
from backage.render.totals import (
    Totals,
    render_instance,
    render_owner,
    render_repo,
    sum_packages,
    sum_totals,
)
from backage.render.trend import format_trend, sparkline
from backage.render.xml import render_xml

__all__ = [
    "FRESH_DAYS",
    "METRICS",
    "UNKNOWN",
    "Badge",
    "Entry",
    "Head",
    "Shown",
    "Totals",
    "badge_url",
    "cut_versions",
    "file_url",
    "folder_url",
    "format_count",
    "format_size",
    "format_trend",
    "index_paths",
    "last_counts",
    "package_badges",
    "pages_url",
    "path_key",
    "rank_packages",
    "read_table",
    "render_badge",
    "render_chart",
    "render_data",
    "render_endpoint",
    "render_head",
    "render_instance",
    "render_list",
    "render_message",
    "render_owner",
    "render_package",
    "render_palette",
    "render_repo",
    "render_table",
    "render_xml",
    "repo_of",
    "sparkline",
    "sum_packages",
    "sum_totals",
]
