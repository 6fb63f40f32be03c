"""A stand-in for GitHub, served on loopback: pages, APIs and registries of a made-up world.

`backage demo` and the tests share it. It imports nothing of the program, so that its counts are an
independent check of what backage records.
"""
