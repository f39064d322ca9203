SELECT e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file, e.ServiceName, e.ImagePath,
  e.TaskName, e.TargetUserName, e.MemberSid, e.SubjectUserName
FROM event e WHERE e.evidence_id = :evidence_id
