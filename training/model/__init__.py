"""Nano's networks, codec and text encoder, how they are stored, and nano end to end."""
