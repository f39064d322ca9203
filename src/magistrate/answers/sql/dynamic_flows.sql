-- The second half of DCOM: a dynamic port on both sides, between two addresses that also spoke on port 135.
SELECT n.evidence_id, n.Timestamp, n.host, n.Channel, n.EventID, n.RecordId, n.file, n.Initiated, n.SourceIp,
  n.SourcePort, n.DestinationIp, n.DestinationPort, n.Image, w.story_id
FROM network_connection AS n
JOIN answer_peer AS w ON w.host = n.host AND n.Timestamp BETWEEN w.from_time AND w.to_time
  AND (LOWER(n.SourceIp) = w.peer OR LOWER(n.DestinationIp) = w.peer)
WHERE n.SourcePort >= 49152 AND n.DestinationPort >= 49152
ORDER BY n.host, n.Timestamp, n.evidence_id, w.story_id
