"""Which lines and branches the tests reach; see __main__.py."""
