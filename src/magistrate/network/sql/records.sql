SELECT e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file, e.SourceIp, e.DestinationIp,
  e.DestinationPort, e.DestinationHostname, e.QueryName, e.Image, e.CommandLine, e.TargetFilename, e.OrigBytes,
  e.RespBytes, e.Uri
FROM event e JOIN network_cited c ON c.evidence_id = e.evidence_id ORDER BY e.evidence_id
