SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Image, ProcessId, User,
  SourceIp, SourcePort, DestinationIp, DestinationPort
FROM network_connection AS n
WHERE Initiated = TRUE AND EXISTS (SELECT 1 FROM activity_pair AS p WHERE p.source_host = n.host
  AND p.target_ip = n.DestinationIp AND n.Timestamp BETWEEN p.from_time AND p.to_time)
ORDER BY host, Timestamp, evidence_id
