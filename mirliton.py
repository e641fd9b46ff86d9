"""The command ``mirliton``; refuses where other packages shadow its own, whose import names are general words.

Nothing else is imported here before the names are checked.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("pipelines", "assets", "storage", "mir_models")
ROOT = Path(__file__).resolve().parent


class ShadowedPackageError(ImportError):
    """Another package would be imported under a name of ours."""


def check_import_names() -> None:
    """Check that the four packages beside this file are those that would be imported.

    Raises
    ------
    ShadowedPackageError
        For the first that another package of its name shadows.
    """
    for name in PACKAGES:
        spec = find_spec(name)
        found = spec.origin if spec is not None else None
        if found is None or Path(found).resolve().parent != ROOT / name:
            raise ShadowedPackageError(
                f"Expected the package {name} of mirliton, in {ROOT}. Received: {found or 'none'}. Remedy: take what "
                "shadows it out of PYTHONPATH and the working folder, or install mirliton in an environment of its own."
            )


def main() -> None:
    """Run the command line; a shadowed package is one sentence and exit code 1."""
    try:
        check_import_names()
        from pipelines.cli.main import main as run

        run()
    except ShadowedPackageError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:  # While libraries are imported; commands say what they keep.
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
