"""Experiments that try to break what is promised; see __main__.py."""
