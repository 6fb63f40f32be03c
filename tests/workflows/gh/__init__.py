"""A stand-in for GitHub's command line, `gh`."""
