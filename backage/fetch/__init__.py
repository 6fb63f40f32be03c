"""The edge to the network: the only place that sends requests, and that waits and tries again."""

from __future__ import annotations

from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter

__all__ = ["Budget", "Client", "Limiter"]
