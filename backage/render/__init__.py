"""The index as text: the same values give the same bytes. What stands for unknown is decided here alone."""

from __future__ import annotations

from backage.render.badge import METRICS, Badge, package_badges, render_badge, render_endpoint
from backage.render.chart import render_chart
from backage.render.commit_message import render_message
from backage.render.links import (
    FORMS,
    LABELS,
    RAW_LABELS,
    Linked,
    badge_url,
    endpoint_url,
    file_url,
    folder_url,
    metric_key,
    pages_url,
    render_linked,
)
from backage.render.numbers import UNKNOWN, format_count, format_size
from backage.render.package import Head, Shown, render_head, render_package, show_packages
from backage.render.paths import index_paths, is_fit, names_of, path_key, repo_of
from backage.render.pie import Slice, cut_pie, draw_pie
from backage.render.scripts import Entry, cut_versions, last_counts, render_data, render_list, render_palette
from backage.render.table import read_table, render_table
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
from backage.render.xml import render_xml

__all__ = [
    "FORMS",
    "LABELS",
    "METRICS",
    "RAW_LABELS",
    "SMALLEST_MONTH",
    "UNKNOWN",
    "Badge",
    "Entry",
    "Head",
    "Linked",
    "Shown",
    "Slice",
    "Totals",
    "badge_url",
    "cut_pie",
    "cut_versions",
    "draw_pie",
    "endpoint_url",
    "file_url",
    "find_growth",
    "folder_url",
    "format_count",
    "format_growth",
    "format_size",
    "format_trend",
    "index_paths",
    "is_fit",
    "last_counts",
    "list_days",
    "metric_key",
    "names_of",
    "package_badges",
    "pages_url",
    "path_key",
    "read_table",
    "render_badge",
    "render_chart",
    "render_data",
    "render_endpoint",
    "render_head",
    "render_instance",
    "render_linked",
    "render_list",
    "render_message",
    "render_owner",
    "render_package",
    "render_palette",
    "render_repo",
    "render_table",
    "render_xml",
    "repo_of",
    "show_packages",
    "shown_tag",
    "sparkline",
    "sum_packages",
    "sum_totals",
]
