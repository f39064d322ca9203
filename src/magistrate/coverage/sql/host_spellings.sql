-- How the name of each host is spelled in its records.
SELECT e.host, e.Computer AS computer, MIN(e.evidence_id) AS evidence_id
FROM event e
WHERE e.host IS NOT NULL AND e.Computer IS NOT NULL
GROUP BY e.host, e.Computer
ORDER BY e.host, e.Computer
