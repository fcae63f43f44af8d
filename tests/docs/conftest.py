"""What tests of the documents share."""

import pytest


@pytest.fixture(scope="module")
def names(request):
    """What a page's examples begin with, its SHARED; one may go on with what others made."""
    shared = {}
    exec(request.module.SHARED, shared)  # noqa: S102 (our own documentation)
    return shared
