"""Objects in a folder or behind a URL, written whole or not at all: stores, scratch places, atomic files, locks."""
