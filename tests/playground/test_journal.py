"""The journal: what was done, in an address and out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import InputError
from chainrule.playground.journal import (
    Changed,
    Moved,
    Ran,
    appended,
    read_journal,
    settings_after,
    write_journal,
)
from chainrule.playground.settings import Settings, read_address, write_address

_ENTRIES = st.one_of(
    st.builds(Ran, st.sampled_from(["epoch", "batch", "point"]), st.integers(1, 10**6)),
    st.builds(Changed, st.just("learning_rate"), st.floats(1e-5, 10)),
    st.builds(Changed, st.just("optimizer"), st.sampled_from(["adam", "sgd"])),
    st.builds(
        Moved,
        st.integers(1, 7),
        st.none() | st.integers(0, 63),
        st.integers(0, 15),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
)


@given(st.lists(_ENTRIES, max_size=20))
def test_it_comes_back_from_an_address(entries):
    address = write_address(Settings(), write_journal(entries))
    assert read_journal(read_address(address)[1]) == tuple(entries)


@given(st.lists(_ENTRIES, max_size=20))
def test_what_is_of_a_kind_is_told_once(entries):
    journal = ()
    for entry in entries:
        journal = appended(journal, entry)
    for unit in ("epoch", "batch", "point"):
        counts = [
            [e.count for e in j if isinstance(e, Ran) and e.unit == unit]
            for j in (entries, journal)
        ]
        assert sum(counts[0]) == sum(counts[1])
    assert settings_after(Settings(), journal) == settings_after(Settings(), entries)


def test_a_weight_that_is_dragged_is_set_once():
    journal = appended((Ran("epoch", 1), Moved(1, 0, 2, 0.1)), Moved(1, 0, 2, 0.2))
    assert write_journal(journal) == "e1~w.1.0.2.0.2"
    assert len(appended(journal, Moved(1, None, 2, 0.2))) == 3


@pytest.mark.parametrize(
    "text",
    [
        *("e", "e0", "e-1", "x3", "e5~", "e1e9", "e9999999", "s.data.xor", "s.nothing.1"),
        *(
            "s.learning_rate.x",
            "w.1.2.3",
            "w.1.2.3.nan",
            "w.1.2.3.inf",
            "w.a.b.c.1",
            "~".join("e1b1" * 600),
        ),
    ],
)
def test_what_is_nothing_one_can_do_is_refused(text):
    with pytest.raises(InputError) as caught:
        read_journal(text)
    assert len(str(caught.value)) < 200
