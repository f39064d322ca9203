SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Operation,
  ClientMachine, User, UserSid, ClientProcessId, ResultCode, NamespaceName, Query, CommandLine,
  ObjectServer, ObjectName, AdditionalInfo, AdditionalInfo2, SubjectUserName, SubjectUserSid, SubjectLogonId, ActionType, SourceIp
FROM wmi_activity WHERE EventID IN (5858, 11, 22, 23, 4662)
  OR ActionType IN ('ProcessCreatedUsingWmiQuery', 'RemoteWmiOperation')
