SELECT p.evidence_id, p.Timestamp, p.time_source, p.host, p.Channel, p.EventID, p.RecordId, p.file, p.Version,
  p.Image, p.OriginalFileName, p.CommandLine, p.CurrentDirectory, p.ProcessId, p.ProcessGuid,
  p.ParentImage, p.ParentCommandLine, p.ParentProcessId, p.ParentProcessGuid, p.User, p.UserSid,
  p.LogonId, p.IntegrityLevel, p.Company, p.Description, p.Product, p.Hashes, p.SubjectUserName,
  p.SubjectLogonId, p.TargetUserName, p.TargetLogonId, a.story_id, a.activity_id
FROM process_creation p
JOIN story_parent a ON p.host = a.host AND p.ParentProcessId = a.process_id
WHERE (p.ParentProcessGuid IS NULL OR a.has_key = FALSE)
  AND p.Timestamp >= a.window_from AND p.Timestamp <= a.window_to
