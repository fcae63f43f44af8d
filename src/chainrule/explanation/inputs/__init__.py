"""Which inputs mattered, and what would have turned a prediction."""
