SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, NamespaceName, Name,
  Query, User, UserSid, ConsumerType, Destination, Consumer, Filter, PossibleCause,
  ClientMachine, ProviderName, ActionType
FROM wmi_activity WHERE EventID IN (5859, 5860, 5861) OR ActionType = 'WmiBindEventFilterToConsumer'
