-- Files that hold records of more than one host.
SELECT r.file, COUNT(DISTINCT r.host) AS hosts
FROM record r
WHERE r.file IS NOT NULL AND r.host IS NOT NULL
GROUP BY r.file
HAVING COUNT(DISTINCT r.host) > 1
ORDER BY r.file
