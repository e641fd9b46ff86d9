"""Corpora from where their owners publish them: HTTP, archives, checksums."""
