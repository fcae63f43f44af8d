"""The playground in a real browser: a package, so that its browser is closed at its end."""
