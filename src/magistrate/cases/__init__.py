"""The record of a case: who did what and when, as entries of which each covers the one before; and what people say.

The entries are the only truth. Notes, answers, overrides and the state of a case are read off them, so that there is
no second copy that could say something else.
"""
