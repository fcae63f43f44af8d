"""The page on which a network learns before one's eyes: sessions, their data, and the server."""
