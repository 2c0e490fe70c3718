"""Nano: a small FLUX-architecture doodle model, trained on this machine and shipped with the app."""
