SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Image, EventType,
  TargetObject, Details, ProcessId, ProcessGuid, User, LogonId
FROM registry_event WHERE (EventID IN (13, 4657) OR ActionType = 'RegistryValueSet') AND LOWER(Image) LIKE '%wmiprvse.exe'
