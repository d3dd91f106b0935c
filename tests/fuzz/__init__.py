"""Gives each reader of foreign bytes to libFuzzer; see __main__.py."""
