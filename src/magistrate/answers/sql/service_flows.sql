-- Connections on a WMI-related port near a story. Which side serves is read from the port (telemetry notes 1.6).
SELECT n.evidence_id, n.Timestamp, n.host, n.Channel, n.EventID, n.RecordId, n.file, n.Initiated, n.SourceIp,
  n.SourcePort, n.DestinationIp, n.DestinationPort, n.Image, w.story_id
FROM network_connection AS n
JOIN answer_window AS w ON w.host = n.host AND n.Timestamp BETWEEN w.from_time AND w.to_time
WHERE n.SourcePort IN (135, 445, 5985, 5986, 24158) OR n.DestinationPort IN (135, 445, 5985, 5986, 24158)
ORDER BY n.host, n.Timestamp, n.evidence_id, w.story_id
