"""The main job: an owner is read from its list, its packages, and pages of their versions, with asyncio."""
