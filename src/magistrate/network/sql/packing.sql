WITH packed AS (
  SELECT e.host, 'archive tool' AS kind, e.CommandLine AS what, e.Timestamp AS seen, e.evidence_id, 1 AS number
  FROM process_creation e JOIN network_pattern p ON LOWER(e.Image) LIKE p.pattern AND p.part = 'image'
  WHERE e.Timestamp >= :from_time
  UNION ALL
  SELECT e.host, 'archive command' AS kind, e.CommandLine AS what, e.Timestamp AS seen, e.evidence_id, 1 AS number
  FROM process_creation e JOIN network_pattern p ON LOWER(e.CommandLine) LIKE p.pattern AND p.part = 'command'
  WHERE e.Timestamp >= :from_time
  UNION ALL
  SELECT e.host, 'archive file' AS kind, e.TargetFilename AS what, e.Timestamp AS seen, e.evidence_id, 1 AS number
  FROM file_event e JOIN network_pattern p ON LOWER(e.TargetFilename) LIKE p.pattern AND p.part = 'file'
  WHERE e.EventID = 11 AND e.Timestamp >= :from_time
), placed AS (
  SELECT p.host, p.kind, p.what, p.seen, p.evidence_id, p.number,
    ROW_NUMBER() OVER (PARTITION BY p.host ORDER BY p.seen, p.evidence_id, p.kind) AS place
  FROM packed p
)
SELECT host, kind, what, seen, evidence_id, number FROM placed WHERE place <= :most
ORDER BY seen, evidence_id, kind
