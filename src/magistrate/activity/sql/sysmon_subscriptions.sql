SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, Operation, User,
  UserSid, EventNamespace, Name, Query, ConsumerType, Destination, Consumer, Filter
FROM wmi_subscription
