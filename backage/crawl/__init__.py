"""The main job: read each owner's list, its packages, and pages of their versions, with asyncio."""
