"""Reports on disk: pages with their numbers and sounds."""
