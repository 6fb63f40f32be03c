"""A small GitHub of the project's own, served on loopback for the demonstration and the tests."""
