SELECT e.host, e.Uri, COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MIN(e.evidence_id) AS evidence_id
FROM transfer e WHERE e.Uri IS NOT NULL AND e.Timestamp >= :from_time
GROUP BY e.host, e.Uri ORDER BY e.host, e.Uri
