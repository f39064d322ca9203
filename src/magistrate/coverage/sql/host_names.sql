-- Hosts of the case.
SELECT DISTINCT r.host FROM record r WHERE r.host IS NOT NULL ORDER BY r.host
