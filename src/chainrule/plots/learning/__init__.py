"""How a network learned, and how much network is enough."""
