"""Questions about the code and the science, each answered by ``python -m experiments.<name>``."""
