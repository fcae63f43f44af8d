"""What is wrong with a network, in plain words."""
