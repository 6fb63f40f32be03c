"""The static site as text: pages, what they load, charts, badges and the addresses that people paste."""
