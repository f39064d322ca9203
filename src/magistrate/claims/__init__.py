"""What an alert claimed, beside what the raw records say."""
