"""Pairs: photos, artwork, elements and their words. Composing them needs neither skia nor resvg."""
