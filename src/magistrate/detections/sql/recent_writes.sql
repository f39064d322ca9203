-- Files written shortly before a child of the provider host: created on the host, or written over a share.
SELECT c.activity_id, e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file,
  e.TargetFilename AS TargetFilename, e.Image AS Image
FROM activity c JOIN file_event e ON e.host = c.host
WHERE e.EventID = 11 AND c.kind = 'child' AND c.origin NOT IN ('SYSTEM', 'NETSVC', 'LOCALSVC')
  AND e.Timestamp <= c.Timestamp AND e.Timestamp >= c.Timestamp - :drop_minutes * INTERVAL '1' MINUTE
UNION ALL
SELECT c.activity_id, e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file,
  e.RelativeTargetName AS TargetFilename, e.SourceIp AS Image
FROM activity c JOIN share_access e ON e.host = c.host
WHERE e.EventID = 5145 AND c.kind = 'child' AND c.origin NOT IN ('SYSTEM', 'NETSVC', 'LOCALSVC')
  AND e.Timestamp <= c.Timestamp AND e.Timestamp >= c.Timestamp - :drop_minutes * INTERVAL '1' MINUTE
  AND COALESCE(e.SourceIp, '127.0.0.1') NOT IN ('127.0.0.1', '::1')
  AND LOWER(e.AccessMask) IN ('0x2', '0x6', '0x17019f', '0x120196', '0x12019f', '0x130197', '0x1f01ff')
