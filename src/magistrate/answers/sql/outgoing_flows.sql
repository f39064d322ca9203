-- Connections that a process of a story opened afterwards.
SELECT n.evidence_id, n.Timestamp, n.host, n.Channel, n.EventID, n.RecordId, n.file, n.DestinationIp,
  n.DestinationPort, n.DestinationHostname, n.Image, w.story_id
FROM network_connection AS n
JOIN answer_process AS w ON w.host = n.host AND n.Timestamp BETWEEN w.from_time AND w.to_time
  AND (n.ProcessGuid = w.process_key OR (w.process_key IS NULL AND n.ProcessId = w.process_id))
WHERE n.Initiated = TRUE AND n.DestinationIp IS NOT NULL
ORDER BY n.host, n.Timestamp, n.evidence_id, w.story_id
