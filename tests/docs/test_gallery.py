"""The gallery: the code of each section draws the picture below it."""

import runpy
from pathlib import Path

import pytest
from matplotlib.testing.compare import compare_images

ROOT = Path(__file__).parents[2]
GALLERY = runpy.run_path(str(ROOT / "scripts" / "gallery"))
SECTIONS = GALLERY["sections"](GALLERY["PAGE"].read_text(encoding="utf-8"))
# Of 255, as a root mean square: other versions of the drawing library place letters a little
# otherwise, and other processors train to other last digits.
TOLERANCE = 6.0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section[0])
def test_the_code_draws_the_picture(section, tmp_path):
    title, _, pictures = section
    assert pictures, f"{title} shows no picture"
    for drawn in GALLERY["draw"](section, tmp_path):
        recorded = ROOT / "docs" / "gallery" / drawn.name
        if drawn.suffix == ".png":
            assert compare_images(str(recorded), str(drawn), tol=TOLERANCE) is None
        else:
            assert drawn.stat().st_size > 0
            assert recorded.is_file()


def test_every_picture_is_shown():
    shown = {picture for section in SECTIONS for picture in section[2]}
    assert {path.name for path in (ROOT / "docs" / "gallery").iterdir()} == shown
