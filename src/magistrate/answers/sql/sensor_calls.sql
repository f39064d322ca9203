-- Calls of WMI between the addresses of a story that a network sensor saw.
SELECT n.evidence_id, n.Timestamp, n.host, n.Channel, n.EventID, n.RecordId, n.file, n.SourceIp, n.SourcePort,
  n.DestinationIp, n.DestinationPort, n.RpcInterface, n.Operation, s.story_id
FROM zeek_dce_rpc AS n
JOIN answer_address AS s ON s.address = LOWER(n.SourceIp) AND n.Timestamp BETWEEN s.from_time AND s.to_time
JOIN answer_address AS d ON d.story_id = s.story_id AND d.address = LOWER(n.DestinationIp)
WHERE n.SourceIp <> n.DestinationIp AND n.RpcInterface LIKE 'IWbem%'
ORDER BY n.Timestamp, n.evidence_id, s.story_id
