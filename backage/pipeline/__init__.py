"""What the larger commands do: each module joins steps (plan, fetch, parse, store, render, publish)."""
