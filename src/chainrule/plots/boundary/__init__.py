"""What a network says over two columns."""
