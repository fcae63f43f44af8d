"""The command line: parses, calls the workflow, prints."""

from __future__ import annotations

from chainrule.cli.app import main

__all__ = ["main"]
