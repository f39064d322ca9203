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
ORDER BY seen, evidence_id
