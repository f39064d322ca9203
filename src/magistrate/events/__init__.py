"""The vocabulary of stored events: the columns, and the pointer to one raw record."""
