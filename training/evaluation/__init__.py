"""Evaluation of nano: the fixed set of held-out pairs, what is measured on it, and the two judges that read pictures."""
