"""What a network is: its nodes, its edges, its weights."""
