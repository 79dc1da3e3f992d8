"""Settings for every test run, the notebooks' included (nbval collects them outside tests/)."""

import os

from tools.normalize_notebooks import PINNED_ENVIRONMENT, REMOVED_MEDIA

# Before NumPy is imported, and inherited by the kernels that nbval starts.
os.environ.update(PINNED_ENVIRONMENT)


def pytest_collectstart(collector):
    """Tell nbval which outputs a committed notebook leaves out on purpose."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += REMOVED_MEDIA
