-- Records of other hosts inside a silence that show an address of the silent host on the network.
WITH own AS (
  SELECT DISTINCT c.host, n.SourceIp AS address
  FROM host_gap c
  JOIN network_connection n ON n.host = c.host
  WHERE n.Initiated = TRUE AND n.SourceIp IS NOT NULL
    AND n.SourceIp NOT IN ('127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '0.0.0.0')
),
shared AS (
  SELECT address FROM own GROUP BY address HAVING COUNT(*) > 1
),
seen AS (
  SELECT n.host, n.Timestamp AS utc, n.SourceIp AS address, n.evidence_id FROM network_connection n
  UNION ALL
  SELECT n.host, n.Timestamp AS utc, n.DestinationIp AS address, n.evidence_id FROM network_connection n
  UNION ALL
  SELECT l.host, l.Timestamp AS utc, l.SourceIp AS address, l.evidence_id FROM logon l
),
inside AS (
  SELECT
    c.host, c.gap_from, c.gap_to, s.evidence_id, COUNT(*) OVER (PARTITION BY c.host) AS records,
    ROW_NUMBER() OVER (PARTITION BY c.host ORDER BY s.utc, s.evidence_id) AS nth
  FROM host_gap c
  JOIN own o ON o.host = c.host
  JOIN seen s ON s.address = o.address AND s.host <> c.host AND s.utc > c.gap_from AND s.utc < c.gap_to
  WHERE o.address NOT IN (SELECT address FROM shared)
)
SELECT host, gap_from, gap_to, evidence_id, records
FROM inside
WHERE nth <= 3
ORDER BY host, nth
