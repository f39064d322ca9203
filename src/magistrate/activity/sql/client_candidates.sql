SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Version, Image,
  OriginalFileName, CommandLine, CurrentDirectory, ProcessId, ProcessGuid, ParentImage, ParentCommandLine,
  ParentProcessId, ParentProcessGuid, User, UserSid, LogonId, IntegrityLevel, Company, Description, Product,
  Hashes, SubjectUserName, SubjectLogonId, TargetUserName, TargetLogonId FROM process_creation
WHERE LOWER(Image) LIKE '%wmic.exe' OR LOWER(OriginalFileName) = 'wmic.exe' OR LOWER(Image) LIKE
  '%wbemtest.exe'
   OR LOWER(Image) LIKE '%wbemtool.exe' OR LOWER(Image) LIKE '%mofcomp.exe'
   OR LOWER(CommandLine) LIKE '%wmi%' OR LOWER(CommandLine) LIKE '%win32_%'
   OR LOWER(CommandLine) LIKE '%ciminstance%' OR LOWER(CommandLine) LIKE '%cimmethod%'
   OR LOWER(CommandLine) LIKE '%cimsession%' OR LOWER(CommandLine) LIKE '%gcim%' OR LOWER(CommandLine) LIKE
  '%icim%'
   OR LOWER(CommandLine) LIKE '%winmgmts%'
   OR ((LOWER(Image) LIKE '%powershell.exe' OR LOWER(Image) LIKE '%pwsh.exe')
       AND (LOWER(CommandLine) LIKE '% -e%' OR LOWER(CommandLine) LIKE '% /e%' OR LOWER(CommandLine) LIKE
  '%base64%'))
