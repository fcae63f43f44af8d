"""Pictures are drawn without a screen, and compared with those on record."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.testing.compare import compare_images

HERE = Path(__file__).parent
RECORD = bool(os.environ.get("CHAINRULE_RECORD_PICTURES"))
# The root mean square of the differences, of 255; other versions of the drawing library place
# letters a little otherwise, a curve that is missing makes more.
TOLERANCE = 4.0


@pytest.fixture(autouse=True)
def _no_screen():
    mpl.use("agg")
    with mpl.rc_context():
        yield


@pytest.fixture
def looks_as_recorded(tmp_path):
    """Compare a figure with the picture of that name in ``tests/plots/pictures``.

    With CHAINRULE_RECORD_PICTURES=1 in the environment it is put on record instead: look at it.
    """

    def compare(figure, name):
        recorded = HERE / "pictures" / f"{name}.png"
        if RECORD:
            recorded.parent.mkdir(exist_ok=True)
            figure.savefig(recorded, dpi=60)
            return
        drawn = tmp_path / f"{name}.png"
        figure.savefig(drawn, dpi=60)
        assert recorded.is_file(), f"there is no {recorded}: record it, and look at it"
        difference = compare_images(str(recorded), str(drawn), tol=TOLERANCE)
        assert difference is None, difference

    return compare
