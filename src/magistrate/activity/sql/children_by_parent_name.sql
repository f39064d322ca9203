SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Version, Image,
  OriginalFileName, CommandLine, CurrentDirectory, ProcessId, ProcessGuid, ParentImage, ParentCommandLine,
  ParentProcessId, ParentProcessGuid, User, UserSid, LogonId, IntegrityLevel, Company, Description, Product,
  Hashes, SubjectUserName, SubjectLogonId, TargetUserName, TargetLogonId FROM process_creation
WHERE LOWER(ParentImage) LIKE '%wmiprvse.exe%' OR LOWER(ParentImage) LIKE '%scrcons.exe%'
