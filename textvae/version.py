"""The version, alone in a file so that packaging can read it without importing anything."""

__version__ = "0.2.0"
PROJECT_URL = ""  # where the project is at home, for cards; it has no public address yet
