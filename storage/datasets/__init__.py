"""Dataset loaders: one file reads one corpus layout and says what that corpus promises."""
