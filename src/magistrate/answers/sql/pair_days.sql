-- Days on which an address logged on to a host over the network before the cut.
SELECT l.host, LOWER(l.SourceIp) AS source, COUNT(DISTINCT CAST(l.Timestamp AS DATE)) AS days, MIN(l.evidence_id) AS sample
FROM logon AS l
WHERE l.LogonType = 3 AND l.SourceIp IS NOT NULL AND LOWER(l.SourceIp) = :source AND l.Timestamp < :cut
GROUP BY l.host, LOWER(l.SourceIp)
ORDER BY l.host
