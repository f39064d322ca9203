SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Initiated, SourceIp,
  SourcePort, DestinationIp, DestinationPort, Image
FROM network_connection AS t
WHERE Initiated = FALSE
  AND (SourcePort IN (135, 445, 5985, 5986) OR DestinationPort IN (135, 445, 5985, 5986))
  AND EXISTS (SELECT 1 FROM activity_anchor AS a
  WHERE a.host = t.host AND t.Timestamp BETWEEN a.from_time AND a.to_time)
ORDER BY host, Timestamp, evidence_id
