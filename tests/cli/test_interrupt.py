"""Ctrl-C and the progress bar, on a real terminal."""

from __future__ import annotations

import json
import os
import re

import pexpect
import polars as pl
import pytest

# To open a terminal is to fork, against which JAX warns where a test before has loaded it; what is
# forked becomes another program at once.
pytestmark = pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called")

ENDLESS = ["--epochs", "10000000", "--patience", "10000000", "--layers", "8"]


@pytest.fixture
def on_terminal(command, tmp_path):
    """Start the command on a terminal of 100 columns."""
    started = []

    def start(*arguments):
        child = pexpect.spawn(
            str(command), [*arguments], cwd=tmp_path, dimensions=(40, 100), timeout=60,
            encoding="utf-8",
        )  # fmt: skip
        child.delaybeforesend = None
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def finish(child):
    rest = child.read()
    child.close()
    return rest


def test_progress_bar(on_terminal):
    child = on_terminal("train", "penguins", "--epochs", "1000", "--patience", "1000")
    child.expect(
        r"epoch \d+/1000 .*loss [\d.]+  held out [\d.]+  [\d.]+[kM]? samples/s  ≤ \d+:\d\d left"
    )
    assert "Scores on 69 test rows" in finish(child)
    assert child.exitstatus == 0


def test_no_progress_bar_in_a_pipe(run_installed):
    result = run_installed("train", "iris", "--epochs", "2")
    assert result.code == 0
    assert "epoch" not in result.stderr
    assert "\x1b" not in result.stdout + result.stderr


def test_no_color_is_respected(on_terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    child = on_terminal("train", "iris", "--epochs", "2")
    told = finish(child)
    assert "Scores on 30 test rows" in told
    assert not re.search(r"\x1b\[[0-9;]*(3\d|9\d)m", told)


def test_ctrl_c_once_keeps_the_best_network(on_terminal, tmp_path):
    child = on_terminal("train", "penguins", *ENDLESS)
    child.expect(r"held out")
    child.sendintr()
    child.expect("stopping after this epoch")
    rest = finish(child)
    assert child.exitstatus == 0
    assert "stopped by Ctrl-C; the best network so far is in penguins.chainrule" in rest
    assert "Scores on 69 test rows" in rest
    assert re.search(r"stopped\s+by\s+Ctrl-C\s+after\s+\d+\s+epochs", rest)
    # With a report: it says so.
    assert {path.name for path in tmp_path.iterdir()} == {"penguins.chainrule", "penguins.html"}
    page = (tmp_path / "penguins.html").read_text(encoding="utf-8")
    assert "Training was interrupted" in page


def test_ctrl_c_keeps_the_starts_that_were_running(on_terminal, run):
    child = on_terminal("train", "iris", *ENDLESS, "--restarts", "50")
    child.expect(r"0/50 starts done .*best held out [\d.]+ +\d+ running +≤ \d+:\d\d left")
    child.sendintr()
    rest = finish(child)
    assert child.exitstatus == 0
    assert "stopped by Ctrl-C; the best network so far is in iris.chainrule" in rest
    restarts = json.loads(run("info", "iris.chainrule", "--json").stdout)["restarts"]
    assert restarts["asked"] == 50
    # A start for each processor was running; none of the others was begun for a single epoch.
    assert 1 <= len(restarts["runs"]) <= (os.cpu_count() or 1)
    told = f"{len(restarts['runs'])} of 50 came to an end: held-out loss"
    assert told in " ".join(run("info", "iris.chainrule").stdout.split())


def test_ctrl_c_twice_leaves_at_once(on_terminal, tmp_path):
    rows = 100_000
    table = pl.DataFrame({"x": range(rows)}).select(
        *[(pl.col("x") * (i + 7) % 101).cast(pl.Float64).alias(f"x{i}") for i in range(20)],
        y=pl.col("x") % 13 / 2,
    )
    table.write_parquet(tmp_path / "large.parquet")
    # An epoch takes many seconds.
    slow = ["--layers", "1000,1000", "--batch", "32"]
    child = on_terminal("train", "large.parquet", "-t", "y", *slow)
    child.expect(r"epoch 0/200")
    child.expect(r"starting")
    child.sendintr()
    child.expect("stopping after this epoch")
    child.sendintr()
    child.expect("left at once")
    rest = finish(child)
    assert child.exitstatus == 130
    assert "\x1b[?25h" in rest
    assert [path.name for path in tmp_path.iterdir()] == ["large.parquet"]


def test_ctrl_c_before_the_fit_is_quiet(on_terminal, tmp_path):
    # Large enough that reading it goes on for long after it has been told.
    rows = pl.DataFrame({"x": range(1_000_000)})
    table = rows.select(*[(pl.col("x") * (i + 7) % 101 / 2).alias(f"x{i}") for i in range(8)])
    table.write_csv(tmp_path / "large.csv")
    child = on_terminal("train", "large.csv", *ENDLESS)
    child.expect("reading large.csv")
    child.sendintr()
    rest = finish(child)
    assert child.exitstatus == 130
    assert "Traceback" not in rest
    assert [path.name for path in tmp_path.iterdir()] == ["large.csv"]
