"""Questions become answers with evidence."""
