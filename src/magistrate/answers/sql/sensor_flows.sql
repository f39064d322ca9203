-- Connections between the addresses of a story that a network sensor saw; refused and unanswered ones carried nothing.
SELECT n.evidence_id, n.Timestamp, n.host, n.Channel, n.EventID, n.RecordId, n.file, n.SourceIp, n.SourcePort,
  n.DestinationIp, n.DestinationPort, n.OrigBytes, n.RespBytes, s.story_id
FROM zeek_conn AS n
JOIN answer_address AS s ON s.address = LOWER(n.SourceIp) AND n.Timestamp BETWEEN s.from_time AND s.to_time
JOIN answer_address AS d ON d.story_id = s.story_id AND d.address = LOWER(n.DestinationIp)
WHERE n.SourceIp <> n.DestinationIp
  AND (n.DestinationPort IN (135, 445, 5985, 5986, 24158) OR n.DestinationPort >= 49152)
  AND (n.ConnState IS NULL OR n.ConnState NOT IN ('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH', 'SHR'))
ORDER BY n.Timestamp, n.evidence_id, s.story_id
