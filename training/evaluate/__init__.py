"""Evaluation of nano: the fixed set of held-out pairs, and what is measured on it."""
