SELECT DISTINCT r.host FROM record r WHERE r.host IS NOT NULL AND r.host <> '' ORDER BY r.host
