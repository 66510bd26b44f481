# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""A worker for debci, in Python's standard library alone."""
