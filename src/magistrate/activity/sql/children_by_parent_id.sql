-- 4688 v0, v1 and short v2 name no parent: its id is joined to the last start of that id on the host. A recycled
-- id is ruled out by a later start, by the provider's own end, by a boot, and by the token: what a provider starts
-- has the provider's session as its creator. A v0 or v1 start of the provider names only its own creator, so there
-- any of the three service sessions (996 network service, 997 local service, 999 system) will do.
SELECT c.evidence_id, c.Timestamp, c.time_source, c.host, c.Channel, c.EventID, c.RecordId, c.file,
  c.Version, c.Image, c.OriginalFileName, c.CommandLine, c.CurrentDirectory, c.ProcessId, c.ProcessGuid,
  c.ParentImage, c.ParentCommandLine, c.ParentProcessId, c.ParentProcessGuid, c.User, c.UserSid, c.LogonId,
  c.IntegrityLevel, c.Company, c.Description, c.Product, c.Hashes, c.SubjectUserName, c.SubjectLogonId,
  c.TargetUserName, c.TargetLogonId, p.Image AS ResolvedParent
FROM process_creation AS c
JOIN process_creation AS p ON p.host = c.host AND p.ProcessId = c.ParentProcessId
WHERE c.EventID = 4688 AND c.ParentImage IS NULL AND p.Timestamp <= c.Timestamp
  AND (LOWER(p.Image) LIKE '%wmiprvse.exe' OR LOWER(p.Image) LIKE '%scrcons.exe')
  AND (c.SubjectLogonId IS NULL OR p.LogonId = c.SubjectLogonId
       OR (p.EventID = 4688 AND COALESCE(p.TargetLogonId, 0) = 0 AND c.SubjectLogonId IN (996, 997, 999)))
  AND NOT EXISTS (SELECT 1 FROM process_creation AS q WHERE q.host = c.host AND q.ProcessId = c.ParentProcessId
                  AND q.Timestamp > p.Timestamp AND q.Timestamp <= c.Timestamp
                  AND LOWER(q.Image) NOT LIKE '%wmiprvse.exe' AND LOWER(q.Image) NOT LIKE '%scrcons.exe')
  AND NOT EXISTS (SELECT 1 FROM process_end AS e WHERE e.host = c.host AND e.ProcessId = c.ParentProcessId
                  AND e.Timestamp > p.Timestamp AND e.Timestamp < c.Timestamp)
  AND NOT EXISTS (SELECT 1 FROM system_state AS b WHERE b.host = c.host AND b.EventID IN (12, 4608, 6005, 6009)
                  AND b.Timestamp > p.Timestamp AND b.Timestamp < c.Timestamp)
