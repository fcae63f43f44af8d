"""Worked examples: the six steps of learning with every number, and how they are written."""
