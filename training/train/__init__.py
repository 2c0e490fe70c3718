"""Training: samples, caches, the loop, and one module a network or kind of style."""
