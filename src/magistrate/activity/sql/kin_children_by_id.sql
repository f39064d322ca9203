SELECT p.evidence_id, p.Timestamp, p.time_source, p.host, p.Channel, p.EventID, p.RecordId, p.file, p.Version,
  p.Image, p.OriginalFileName, p.CommandLine, p.CurrentDirectory, p.ProcessId, p.ProcessGuid,
  p.ParentImage, p.ParentCommandLine, p.ParentProcessId, p.ParentProcessGuid, p.User, p.UserSid,
  p.LogonId, p.IntegrityLevel, p.Company, p.Description, p.Product, p.Hashes, p.SubjectUserName,
  p.SubjectLogonId, p.TargetUserName, p.TargetLogonId, k.story_id
FROM process_creation p
JOIN kin k ON p.host = k.host AND p.ParentProcessId = k.process_id
WHERE p.Timestamp >= k.window_from AND p.Timestamp <= k.window_to
