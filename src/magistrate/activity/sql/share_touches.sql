SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, ShareName,
  RelativeTargetName, SourceIp, User
FROM share_access AS t
WHERE RelativeTargetName IS NOT NULL AND SourceIp IS NOT NULL
  AND EXISTS (SELECT 1 FROM activity_anchor AS a
  WHERE a.host = t.host AND t.Timestamp BETWEEN a.from_time AND a.to_time)
ORDER BY host, Timestamp, evidence_id
