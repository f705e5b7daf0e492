"""The protocol with other meanings: shapes, gradients, graphs."""
