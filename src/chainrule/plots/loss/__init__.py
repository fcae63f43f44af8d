"""The error as a landscape, and the ways down."""
