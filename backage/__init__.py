"""Download statistics of GitHub Packages: read from its pages, kept in a history, published as an index."""

__version__ = "0.1.0"
