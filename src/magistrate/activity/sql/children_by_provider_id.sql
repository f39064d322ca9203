-- The provider's start may be older than the log: its id is then known from 5857 alone. 996 is 0x3e4.
SELECT c.evidence_id, c.Timestamp, c.time_source, c.host, c.Channel, c.EventID, c.RecordId, c.file,
  c.Version, c.Image, c.OriginalFileName, c.CommandLine, c.CurrentDirectory, c.ProcessId, c.ProcessGuid,
  c.ParentImage, c.ParentCommandLine, c.ParentProcessId, c.ParentProcessGuid, c.User, c.UserSid, c.LogonId,
  c.IntegrityLevel, c.Company, c.Description, c.Product, c.Hashes, c.SubjectUserName, c.SubjectLogonId,
  c.TargetUserName, c.TargetLogonId, w.HostProcess AS ResolvedParent
FROM process_creation AS c
JOIN wmi_activity AS w ON w.host = c.host AND w.EventID = 5857 AND w.ProcessId = c.ParentProcessId
WHERE c.EventID = 4688 AND c.ParentImage IS NULL AND w.Timestamp <= c.Timestamp AND c.SubjectLogonId = 996
  AND NOT EXISTS (SELECT 1 FROM process_creation AS q WHERE q.host = c.host AND q.ProcessId = c.ParentProcessId
                  AND q.Timestamp > w.Timestamp AND q.Timestamp <= c.Timestamp)
