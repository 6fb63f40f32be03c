"""One module for each command. They join the steps: plan, fetch, parse, store, render, publish."""
