SELECT n.src, n.name, COUNT(*) AS number, SUM(n.unusual) AS unusual, MIN(n.seen) AS first_seen, MIN(n.evidence_id) AS evidence_id
FROM (
  SELECT e.SourceIp AS src, LOWER(e.QueryName) AS name, e.Timestamp AS seen, e.evidence_id,
    CASE WHEN e.QueryType IN ('TXT', 'NULL') THEN 1 ELSE 0 END AS unusual
  FROM zeek_dns e WHERE e.QueryName IS NOT NULL AND e.Timestamp >= :from_time
  UNION ALL
  SELECT e.host AS src, LOWER(e.QueryName) AS name, e.Timestamp AS seen, e.evidence_id, 0 AS unusual
  FROM dns_query e WHERE e.QueryName IS NOT NULL AND e.Timestamp >= :from_time
) n GROUP BY n.src, n.name ORDER BY n.src, n.name
