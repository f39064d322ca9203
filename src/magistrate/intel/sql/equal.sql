WITH held AS (
  SELECT e.evidence_id, 'address' AS kind, LOWER(e.DestinationIp) AS compared, 'DestinationIp' AS field
  FROM event e WHERE e.DestinationIp IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'address' AS kind, LOWER(e.SourceIp) AS compared, 'SourceIp' AS field
  FROM event e WHERE e.SourceIp IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'domain' AS kind, LOWER(e.DestinationHostname) AS compared, 'DestinationHostname' AS field
  FROM event e WHERE e.DestinationHostname IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'domain' AS kind, LOWER(e.QueryName) AS compared, 'QueryName' AS field
  FROM event e WHERE e.QueryName IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'command line' AS kind, LOWER(e.CommandLine) AS compared, 'CommandLine' AS field
  FROM event e WHERE e.category = 'process_creation' AND e.CommandLine IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'pipe' AS kind, LOWER(REPLACE(e.PipeName, '\', '')) AS compared, 'PipeName' AS field
  FROM event e WHERE e.PipeName IS NOT NULL
  UNION ALL
  SELECT e.evidence_id, 'WMI consumer or filter' AS kind, LOWER(REPLACE(e.Name, '"', '')) AS compared, 'Name' AS field
  FROM event e WHERE e.category = 'wmi_subscription' AND e.Name IS NOT NULL
), matched AS (
  SELECT i.number AS indicator, h.evidence_id, h.field FROM held h
  JOIN intel_value i ON i.kind = h.kind AND i.compared = h.compared
), ranked AS (
  SELECT m.indicator, m.field, e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file,
    e.DestinationIp, e.SourceIp, e.DestinationHostname, e.QueryName, e.CommandLine, e.PipeName, e.Name,
    ROW_NUMBER() OVER (PARTITION BY m.indicator ORDER BY e.Timestamp, e.evidence_id, m.field) AS place,
    COUNT(*) OVER (PARTITION BY m.indicator) AS number
  FROM matched m JOIN event e ON e.evidence_id = m.evidence_id
)
SELECT * FROM ranked WHERE place = 1 ORDER BY indicator
