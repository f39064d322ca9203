SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Image, TargetFilename,
  User, ProcessId, ProcessGuid FROM file_event
WHERE (EventID IN (11, 15) OR ActionType = 'FileCreated') AND (LOWER(TargetFilename) LIKE '%wbem%wbemcomn.dll'
  OR TargetFilename LIKE '%!_!_1%.%' ESCAPE '!')
